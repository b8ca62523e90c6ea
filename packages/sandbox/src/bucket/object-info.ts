import { createHash } from "node:crypto";
import type { ObjectKind } from "./book-files.ts";
import { crc32c } from "./crc32c.ts";

/** What is known of an object without its bytes. */
export interface ObjectInfo {
  readonly name: string;
  readonly kind: ObjectKind;
  /** Bytes as stored. */
  readonly size: number;
  /** Base64, over the bytes as stored; null for a composed object. */
  readonly md5: string | null;
  readonly crc32c: string;
  readonly generation: string;
  readonly updated: string;
  readonly isGzip: boolean;
  /** The book it belongs to. */
  readonly book: { readonly title: string; readonly categories: readonly string[] } | null;
}

export interface StoredObject {
  readonly info: ObjectInfo;
  readonly bytes: Buffer;
}

/** Objects as downloads and listings ask for them, wherever their bytes come from. */
export interface ObjectShelf {
  /** What stands before `json/` and the others: "" or a folder such as `current/`. */
  readonly root: string;
  /** Objects whose names begin so, in the listing's order. */
  list(prefix: string): Promise<readonly ObjectInfo[]>;
  /** @param name whole name, root included. */
  get(name: string): StoredObject | null;
}

/** Microseconds: the first generation of every object lies in the hour after this. */
export const FIRST_GENERATION = 1_793_502_000_000_000;
export const HOUR = 3_600_000_000;

export function firstStamp(name: string) {
  return stamp(FIRST_GENERATION + (Bun.hash.xxHash32(name) % HOUR));
}

/** A generation is the time of writing in microseconds. */
export function stamp(generation: number) {
  return { generation: String(generation), updated: new Date(generation / 1000).toISOString() };
}

/** An object that was put together has no MD5: one in sixteen, always the same ones. */
export function checksums(name: string, bytes: Buffer, composed: "some" | "none") {
  const isComposed = composed === "some" && share(name, "composed", 16);
  return { md5: isComposed ? null : createHash("md5").update(bytes).digest("base64"), crc32c: crc32c(bytes) };
}

/** Whether an object is stored compressed: a third of them, always the same ones. */
export function isStoredGzip(name: string, gzip: "some" | "none" | "all"): boolean {
  return gzip === "some" ? share(name, "gzip", 3) : gzip === "all";
}

export function compressed(content: Buffer): Buffer {
  return Buffer.from(Bun.gzipSync(new Uint8Array(content), { level: 1 }));
}

/** True for one name in `of`, the same ones every time. */
function share(name: string, what: string, of: number): boolean {
  return Bun.hash.xxHash32(`${what} ${name}`) % of === 0;
}
