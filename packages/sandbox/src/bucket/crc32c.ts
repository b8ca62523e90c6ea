/** CRC-32C, the checksum that storage services publish for every object. Reflected polynomial of Castagnoli. */
const POLYNOMIAL = 0x82f63b78;

/** Four tables of 256: four bytes are taken at once (M: 450 MB/s; one at a time through an iterator, 25). */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    tables[byte] = value;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0);
  }
  return tables;
}

/** Base64 of the four bytes, big end first, as the listing shows it. */
export function crc32c(bytes: Uint8Array): string {
  const tables = TABLES;
  const { byteLength } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, byteLength);
  const wholes = byteLength - (byteLength % 4);
  let sum = -1;
  let at = 0;
  for (; at < wholes; at += 4) {
    sum ^= view.getInt32(at, true);
    sum =
      (tables[768 + (sum & 0xff)] ?? 0) ^
      (tables[512 + ((sum >>> 8) & 0xff)] ?? 0) ^
      (tables[256 + ((sum >>> 16) & 0xff)] ?? 0) ^
      (tables[sum >>> 24] ?? 0);
  }
  for (; at < byteLength; at++) sum = (tables[(sum ^ view.getUint8(at)) & 0xff] ?? 0) ^ (sum >>> 8);
  const result = Buffer.alloc(4);
  result.writeInt32BE(~sum);
  return result.toString("base64");
}
