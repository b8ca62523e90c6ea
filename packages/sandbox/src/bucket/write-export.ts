import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { SandboxBook, SandboxLibrary } from "../library.ts";
import { OpenedBook } from "../opened-book.ts";
import { bookFiles, type FileSpec } from "./book-files.ts";
import { fixedFiles, LinkCounts, LINKS_HEADER } from "./fixed-files.ts";
import { checksums, compressed, firstStamp, isStoredGzip, type StoredObject } from "./object-info.ts";
import { PACK, PACK_INDEX, StoredExport, type PackedObject } from "./stored-export.ts";

/** A library whose links are too many to be held at once. */
export interface StreamedLibrary extends SandboxLibrary {
  linkLines(): Iterable<string>;
}

export interface WriteExportOptions {
  readonly library: StreamedLibrary;
  readonly folder: string;
  /** Of what the library is made: with the same words it is the same library. */
  readonly made: string;
  /** Absent: as published. */
  readonly linksPerFile?: number;
}

/** Files are made faster than they are collected by itself (M: 5.9 GB at the end of a whole library). */
const COLLECT_BYTES = 64 * 1024 * 1024;
/** As published. */
const LINKS_PER_FILE = 300_000;

/**
 * All files of a large library's export, written to a folder once, with their checksums, which a listing has to state
 * before the first download: made when asked for, the first listing would make them all and each download make one again.
 * The merged files are left out: they would be another copy of the whole library.
 */
export function writeExport({ library, folder, made, linksPerFile = LINKS_PER_FILE }: WriteExportOptions): void {
  mkdirSync(folder, { recursive: true });
  const index = join(folder, PACK_INDEX);
  rmSync(index, { force: true });
  const pack = openSync(join(folder, PACK), "w");
  const objects: PackedObject[] = [];
  let at = 0;
  let sinceCollected = 0;
  const put = (spec: FileSpec, book: SandboxBook | null) => {
    const { info, bytes } = storedObject(spec, book);
    for (let done = 0; done < bytes.byteLength;) done += writeSync(pack, bytes, done);
    objects.push({ info, at });
    at += info.size;
    sinceCollected += info.size;
    if (sinceCollected < COLLECT_BYTES) return;
    sinceCollected = 0;
    Bun.gc(true);
  };
  try {
    for (const spec of fixedFiles(library, [], 1)) if (!spec.name.startsWith("links/")) put(spec, null);
    for (const book of library.books) for (const spec of filesOf(book, library)) put(spec, book);
    for (const spec of linkFiles(library.linkLines(), linksPerFile)) put(spec, null);
  } finally {
    closeSync(pack);
  }
  writeFileSync(`${index}.new`, JSON.stringify({ made, objects }));
  renameSync(`${index}.new`, index);
}

/**
 * The export in a folder, when it is there and is what would be written now; else null. Some books are made again to be
 * compared: what makes them may have changed since.
 */
export function currentExport({ library, folder, made }: WriteExportOptions): StoredExport | null {
  if (!existsSync(join(folder, PACK_INDEX))) return null;
  const stored = new StoredExport(folder);
  const sample = [0, library.books.length >> 1, library.books.length - 1].flatMap((at) => library.books[at] ?? []);
  const isSame = sample.every((book) =>
    filesOf(book, library).every((spec) => stored.get(spec.name)?.info.crc32c === storedObject(spec, book).info.crc32c),
  );
  if (stored.made === made && isSame) return stored;
  stored.close();
  return null;
}

function filesOf(book: SandboxBook, library: SandboxLibrary): FileSpec[] {
  return bookFiles(new OpenedBook(book), library).filter(({ kind }) => kind !== "merged");
}

function storedObject(spec: FileSpec, owner: SandboxBook | null): StoredObject {
  const { name, kind } = spec;
  const content = Buffer.from(spec.make());
  const isGzip = content.byteLength > 0 && isStoredGzip(name, "some");
  const bytes = isGzip ? compressed(content) : content;
  const sums = checksums(name, bytes, "some");
  const book = owner === null ? null : { title: owner.title, categories: owner.categories };
  return { bytes, info: { name, kind, size: bytes.byteLength, ...sums, ...firstStamp(name), isGzip, book } };
}

/** One file after another, and last the counts of all lines. */
function* linkFiles(lines: Iterable<string>, linesPerFile: number): Generator<FileSpec> {
  const counts = new LinkCounts();
  let part: string[] = [];
  let number = 0;
  const file = (): FileSpec => {
    const text = `${[LINKS_HEADER, ...part].join("\r\n")}\r\n`;
    part = [];
    return { name: `links/links${number++}.csv`, kind: "links", make: () => text };
  };
  for (const line of lines) {
    counts.add(line);
    part.push(line);
    if (part.length === linesPerFile) yield file();
  }
  if (part.length > 0) yield file();
  yield { name: "links/links_by_book.csv", kind: "other", make: () => counts.csv() };
}
