/** CRC-32C (Castagnoli), which storage services publish for every object; Bun has only the other CRC-32. */
const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

export class Crc32c {
  #sum = 0xffff_ffff;

  update(bytes: Uint8Array): void {
    let sum = this.#sum;
    for (let at = 0; at < bytes.length; at++) sum = (TABLE[(sum ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (sum >>> 8);
    this.#sum = sum;
  }

  /** Base64 of the four bytes, big end first, as it is listed. */
  digest(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE((this.#sum ^ 0xffff_ffff) >>> 0);
    return bytes.toString("base64");
  }
}

/** What an object's bytes must sum to; null where nobody says. Base64. */
export interface Checksums {
  readonly md5: string | null;
  readonly crc32c: string | null;
}

/** `x-goog-hash: crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==`, which may come as one header or as two. */
export function checksumsOf(headers: Headers): Checksums {
  const sums = new Map<string, string>();
  for (const part of (headers.get("x-goog-hash") ?? "").split(",")) {
    const at = part.indexOf("=");
    if (at > 0) sums.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  return { md5: sums.get("md5") ?? null, crc32c: sums.get("crc32c") ?? null };
}
