import { contentType } from "./names.ts";
import type { StoredObject } from "./object-info.ts";

/** An answer whose body is bytes as they go over the wire; HEAD sends the same without it. */
export interface ObjectAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** An error of the interface that downloads go through. */
export function xmlError(status: number, code: string, message: string): ObjectAnswer {
  const body = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return {
    status,
    headers: new Headers({ "content-type": "application/xml; charset=UTF-8" }),
    body: Buffer.from(body),
  };
}

/**
 * Answers a download: conditions first, then a range of the stored bytes. An object stored compressed is sent so to
 * whoever accepts gzip; to others it is unpacked on the way, and then ranges are not heard.
 */
export function objectAnswer(stored: StoredObject | null, query: URLSearchParams, asked: Headers): ObjectAnswer {
  const wanted = query.get("generation");
  if (stored === null || (wanted !== null && wanted !== stored.info.generation)) {
    return xmlError(404, "NoSuchKey", "The specified key does not exist.");
  }
  const { info } = stored;
  const tag = etag(stored);
  const match =
    query.get("ifGenerationMatch") ?? asked.get("x-goog-if-generation-match") ?? asked.get("if-generation-match");
  const tags = asked.get("if-match");
  if ((match !== null && match !== info.generation) || (tags !== null && tags !== "*" && !tags.includes(tag))) {
    return xmlError(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.");
  }
  const headers = headersOf(stored, tag);
  const known = asked.get("if-none-match");
  if (known !== null && (known === "*" || known.includes(tag))) {
    headers.delete("content-type");
    return { status: 304, headers, body: Buffer.alloc(0) };
  }
  if (info.isGzip && !/\bgzip\b/.test(asked.get("accept-encoding") ?? "")) {
    headers.set("warning", "214 UploadServer gunzipped");
    headers.delete("accept-ranges");
    return { status: 200, headers, body: Buffer.from(Bun.gunzipSync(new Uint8Array(stored.bytes))) };
  }
  if (info.isGzip) headers.set("content-encoding", "gzip");
  const condition = asked.get("if-range");
  const range = condition === null || condition === tag ? asked.get("range") : null;
  return range === null ? { status: 200, headers, body: stored.bytes } : rangeAnswer(stored.bytes, range, headers);
}

function rangeAnswer(bytes: Buffer, range: string, headers: Headers): ObjectAnswer {
  const size = bytes.byteLength;
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  // What is no range of one part is not heard.
  if (first === "" && last === "") return { status: 200, headers, body: bytes };
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (start >= size || end <= start) {
    const refused = xmlError(416, "InvalidRange", "The requested range cannot be satisfied.");
    refused.headers.set("content-range", `bytes */${size}`);
    return refused;
  }
  headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
  return { status: 206, headers, body: bytes.subarray(start, end) };
}

function headersOf({ info }: StoredObject, tag: string): Headers {
  const headers = new Headers({
    "content-type": contentType(info.name),
    "accept-ranges": "bytes",
    "cache-control": "public, max-age=3600",
    etag: tag,
    "last-modified": new Date(info.updated).toUTCString(),
    "x-goog-generation": info.generation,
    "x-goog-metageneration": "1",
    "x-goog-stored-content-encoding": info.isGzip ? "gzip" : "identity",
    "x-goog-stored-content-length": String(info.size),
  });
  headers.append("x-goog-hash", `crc32c=${info.crc32c}`);
  if (info.md5 !== null) headers.append("x-goog-hash", `md5=${info.md5}`);
  return headers;
}

/** The MD5 in hex where there is one, else something of the generation. */
function etag({ info }: StoredObject): string {
  const content = info.md5 === null ? `-${info.generation}` : Buffer.from(info.md5, "base64").toString("hex");
  return `"${content}"`;
}
