/** CRC-32C, the checksum that storage services publish for every object. Reflected polynomial of Castagnoli. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** Base64 of the four bytes, big end first, as the listing shows it. */
export function crc32c(bytes: Uint8Array): string {
  let sum = 0xffff_ffff;
  for (const byte of bytes) sum = (TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  const result = Buffer.alloc(4);
  result.writeUInt32BE((sum ^ 0xffff_ffff) >>> 0);
  return result.toString("base64");
}
