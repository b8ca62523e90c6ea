/** JSON, gzip: published records and contents answers, which are large, repetitive and rarely read. */
export function pack(value: unknown): Buffer {
  return Buffer.from(Bun.gzipSync(Buffer.from(JSON.stringify(value))));
}

export function unpack(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(Bun.gunzipSync(new Uint8Array(bytes))).toString("utf8"));
}
