import type { LinkBatch, LinkRow } from "@sofer/core";
import type { Citations, Library, LinkAccount } from "@sofer/store";
import type { AtRest } from "./at-rest.ts";
import type { WriterClient } from "./writer/writer-client.ts";

/** A file of links, wherever it comes from. */
export interface LinkFile {
  /** Goes into the `sources` of its links; a file of the same name replaces it. */
  readonly name: string;
  /** Equal for equal bytes; null where that is not known: then it is always read. */
  readonly checksum: string | null;
  /** Its rows; proven when the iteration ends without an error. */
  read(keep: (refs: readonly [string, string]) => boolean): AsyncIterable<LinkBatch>;
}

export interface LoadedLinkFile {
  readonly name: string;
  /** True when the library holds these rows of these books already. */
  readonly isCurrent: boolean;
  readonly read: number;
  readonly kept: number;
  /** Links that the file had before and has no more. */
  readonly removed: number;
  /** Rows that are no links, the first few as published. */
  readonly invalidRows: readonly string[];
  readonly ms: number;
}

/**
 * Rows per transaction: some 0.4 s of the writer, for whom nobody waits. Their places in the indexes are anywhere, so each
 * transaction writes most pages that it touches whole (M: 200,000 links, 2.2 GB written with 5,000 rows, 1.1 GB with these).
 */
const BATCH_ROWS = 20_000;

/**
 * Rows as the bytes of their JSON, a batch at a time: as objects, with strings that are parts of the file's text, those of
 * one file take three times as much and keep the text too.
 */
class WaitingRows {
  readonly #packed: Buffer[] = [];
  #loose: LinkRow[] = [];
  count = 0;

  add(row: LinkRow): void {
    this.count++;
    this.#loose.push(row);
    if (this.#loose.length < BATCH_ROWS) return;
    this.#packed.push(Buffer.from(JSON.stringify(this.#loose)));
    this.#loose = [];
  }

  /** Each of them once; what was given out is held no longer. */
  *batches(): Generator<readonly LinkRow[]> {
    for (let next = this.#packed.shift(); next !== undefined; next = this.#packed.shift()) {
      yield JSON.parse(next.toString("utf8")) as LinkRow[];
    }
    if (this.#loose.length > 0) yield this.#loose;
    this.#loose = [];
  }
}

/**
 * Brings one file of links in: the rows that touch a book of the library. Nothing is written before the file was read
 * to its end, because only then is it known to be whole; the rows wait in memory, packed (a published file has 300,000).
 */
export async function loadLinkFile(
  writer: Pick<WriterClient, "call">,
  library: Pick<Library, "linkSources">,
  books: Citations,
  file: LinkFile,
  signal?: AbortSignal,
): Promise<LoadedLinkFile> {
  const startedMs = performance.now();
  const tag = `${file.checksum ?? Bun.randomUUIDv7()} ${books.booksHash}`;
  const held = library.linkSources().find((source) => source.name === file.name);
  if (held?.tag === tag && held.finishedAt !== null) {
    return { name: file.name, isCurrent: true, read: held.read, kept: held.met, removed: 0, invalidRows: [], ms: 0 };
  }
  let unwanted = 0;
  const keep = (refs: readonly [string, string]) => {
    const isWanted = refs.some((ref) => books.touches(ref));
    if (!isWanted) unwanted++;
    return isWanted;
  };
  const waiting = new WaitingRows();
  let last: LinkBatch = { rows: [], read: 0, invalid: 0, invalidRows: [] };
  for await (last of file.read(keep)) {
    signal?.throwIfAborted();
    for (const row of last.rows) waiting.add(row);
  }
  await writer.call("startLinks", file.name, tag);
  for (const rows of waiting.batches()) {
    // What has come of it stays; a file that is not finished is read again.
    signal?.throwIfAborted();
    await writer.call("addLinks", file.name, rows);
  }
  const counts = { read: last.read, invalid: last.invalid, unwanted };
  const removed = await writer.call("finishLinks", file.name, counts, Date.now());
  return {
    name: file.name,
    isCurrent: false,
    read: last.read,
    kept: waiting.count,
    removed,
    invalidRows: last.invalidRows,
    ms: performance.now() - startedMs,
  };
}

export interface LoadLinksOptions {
  readonly rest: AtRest;
  readonly onFile: (file: LoadedLinkFile) => void;
  /** Aborted: no more is read or written; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** Files of links, then the account of all of them. @throws as its files do, `library` */
export async function loadLinkFiles(
  files: readonly LinkFile[],
  { rest, onFile, signal }: LoadLinksOptions,
): Promise<LinkAccount> {
  const { library, writer } = rest;
  const books = library.citations();
  for (const file of files) onFile(await loadLinkFile(writer, library, books, file, signal));
  await writer.call("resolveLinks", Date.now());
  await writer.call("checkpoint");
  return library.linkAccount();
}
