import { SoferError } from "@sofer/core";
import { Readable } from "node:stream";
import { createGunzip, gunzipSync } from "node:zlib";
import { tooLarge, type Target } from "./transfer.ts";

/** Most bytes that a compressed object may turn into, however small it is: long runs of empty places shrink well. */
const MIN_BOUND = 64_000_000;
const MAX_BOUND = 1_000_000_000;
/** M: the export's files shrink to a tenth, to a fifteenth at most. */
const RATIO = 64;

/** Decoded bytes handed on at once: larger parts, fewer steps. */
const CHUNK_BYTES = 256 * 1024;

/** Bound of an object's decoded size: a bomb must not take the worker with it. */
export function decodedBound(storedBytes: number): number {
  return Math.min(MAX_BOUND, Math.max(MIN_BOUND, RATIO * storedBytes));
}

/** Told by the bytes, not by a header: no JSON and no CSV begins so. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * An object's content.
 * @param mostBytes that may be held of it
 * @throws SoferError `checksum` when it is no whole gzip, `wire-shape` or `too-large` when it turns into too much.
 */
export function inflate(stored: Uint8Array, target: Target, mostBytes = MAX_BOUND): Uint8Array {
  if (!isGzip(stored)) return stored;
  const bound = decodedBound(stored.byteLength);
  try {
    return gunzipSync(stored, { maxOutputLength: Math.min(bound, mostBytes) });
  } catch (cause) {
    if (mostBytes < bound && isTooMuch(cause)) throw tooLarge(target, mostBytes);
    throw inflateError(cause, target, bound);
  }
}

/**
 * The same for an object that is too large to be held: its content part by part, void when it throws.
 * @throws SoferError as `inflate`, and what the stored parts throw.
 */
export async function* inflateParts(stored: AsyncIterable<Uint8Array>, target: Target): AsyncGenerator<Uint8Array> {
  const parts = stored[Symbol.asyncIterator]();
  try {
    const head = await firstBytes(parts);
    if (isGzip(head)) yield* gunzipParts(joined(head, parts), target);
    else yield* joined(head, parts);
  } finally {
    await parts.return?.();
  }
}

/** At least two bytes, to tell a gzip by; fewer when there are no more. */
async function firstBytes(parts: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head = new Uint8Array();
  while (head.byteLength < 2) {
    const { done, value } = await parts.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* joined(head: Uint8Array, parts: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (;;) {
    const { done, value } = await parts.next();
    if (done === true) return;
    yield value;
  }
}

async function* gunzipParts(stored: AsyncGenerator<Uint8Array>, target: Target): AsyncGenerator<Uint8Array> {
  const bound = target.size < 0 ? MAX_BOUND : decodedBound(target.size);
  const source = Readable.from(stored, { objectMode: false });
  const gunzip = source.pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
  // `pipe` does not hand errors on.
  source.once("error", (error) => gunzip.destroy(error));
  let bytes = 0;
  try {
    for await (const part of gunzip as AsyncIterable<Uint8Array>) {
      bytes += part.byteLength;
      if (bytes > bound) throw tooMuch(target, bound);
      yield part;
    }
  } catch (error) {
    throw error instanceof SoferError || !isZlibError(error) ? error : inflateError(error, target, bound);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

function isTooMuch(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE";
}

function inflateError(cause: unknown, target: Target, bound: number): SoferError {
  if (isTooMuch(cause)) return tooMuch(target, bound);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SoferError("checksum", `${target.name} is not whole: ${why}`, {
    url: target.url,
    hint: "it was damaged on its way, or is damaged where it is stored: try again later",
    cause,
  });
}

function tooMuch(target: Target, bound: number): SoferError {
  return new SoferError("wire-shape", `${target.name} turns into more than ${bound} bytes`, {
    url: target.url,
    hint: "no file of the library is so large: tell the publisher",
  });
}

/** @throws SoferError `not-json` when it is not UTF-8: a replaced letter would be a changed text. */
export function decodeText(bytes: Uint8Array, target: Target): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SoferError("not-json", `${target.name} is not UTF-8`, { url: target.url, cause });
  }
}
