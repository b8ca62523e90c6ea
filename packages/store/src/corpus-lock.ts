import { compareCodePoints, SoferError } from "@sofer/core";
import type { LibraryHash } from "./hash.ts";

/** Written into the file: a reader of another version refuses it instead of misreading. */
const LOCK_FORMAT = 1;

interface LockedVersion {
  readonly segments: number;
  readonly hash: string;
}

interface CorpusLock {
  readonly format: typeof LOCK_FORMAT;
  readonly library: string;
  readonly books: Readonly<
    Record<string, { readonly hash: string; readonly versions: Readonly<Record<string, LockedVersion>> }>
  >;
}

/** A difference between a lock and a library: `-` locked and not here, `+` only here, `*` another text. */
export interface LockDifference {
  readonly sign: "-" | "+" | "*";
  readonly title: string;
  /** `he|Title`; null: the whole book. */
  readonly version: string | null;
  readonly note: string;
}

/** The hashes as a file that can be kept under version control: a line for each version, in a stable order. */
export function corpusLock(hashes: LibraryHash): string {
  const books = hashes.books.toSorted((a, b) => compareCodePoints(a.title, b.title));
  const lock: CorpusLock = {
    format: LOCK_FORMAT,
    library: hashes.library,
    books: Object.fromEntries(
      books.map((book) => [
        book.title,
        {
          hash: book.hash,
          versions: Object.fromEntries(
            book.versions.map(({ language, versionTitle, segments, hash }) => [
              `${language}|${versionTitle}`,
              { segments, hash },
            ]),
          ),
        },
      ]),
    ),
  };
  const text = JSON.stringify(lock, null, 2);
  // One version, one line.
  return `${text.replaceAll(/\{\n\s+("segments": \d+),\n\s+("hash": "[0-9a-f]+")\n\s+\}/g, "{ $1, $2 }")}\n`;
}

/** @throws SoferError `usage` for a text that is no lock */
export function readCorpusLock(text: string, path: string): CorpusLock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SoferError("usage", `${path} is no corpus.lock: it is not JSON`, { cause: error });
  }
  if (!isLock(value)) {
    throw new SoferError("usage", `${path} is no corpus.lock of format ${LOCK_FORMAT}`, {
      hint: "sofer hash --write makes one",
    });
  }
  return value;
}

/** @param titles only these books; undefined: all. */
export function differencesOf(lock: CorpusLock, hashes: LibraryHash, titles?: readonly string[]): LockDifference[] {
  const found: LockDifference[] = [];
  const here = new Map(hashes.books.map((book) => [book.title, book]));
  for (const title of [...new Set([...Object.keys(lock.books), ...here.keys()])].toSorted(compareCodePoints)) {
    if (titles !== undefined && !titles.includes(title)) continue;
    const locked = lock.books[title];
    const book = here.get(title);
    if (locked === undefined) found.push({ sign: "+", title, version: null, note: "not in the lock" });
    else if (book === undefined) found.push({ sign: "-", title, version: null, note: "not in the library" });
    else if (locked.hash !== book.hash) {
      const versions = new Map(book.versions.map((row) => [`${row.language}|${row.versionTitle}`, row]));
      found.push(...versionDifferences(title, locked.versions, versions));
    }
  }
  return found;
}

function versionDifferences(
  title: string,
  locked: Readonly<Record<string, LockedVersion>>,
  here: ReadonlyMap<string, LockedVersion>,
): LockDifference[] {
  const found: LockDifference[] = [];
  for (const version of [...new Set([...Object.keys(locked), ...here.keys()])].toSorted(compareCodePoints)) {
    const before = locked[version];
    const now = here.get(version);
    if (before === undefined) found.push({ sign: "+", title, version, note: "not in the lock" });
    else if (now === undefined) found.push({ sign: "-", title, version, note: "not in the library" });
    else if (before.hash !== now.hash) {
      const counts =
        before.segments === now.segments
          ? `${now.segments} segments`
          : `${now.segments} segments, ${before.segments} locked`;
      found.push({ sign: "*", title, version, note: `another text, ${counts}` });
    }
  }
  return found;
}

const HASH = /^[0-9a-f]{64}$/;

function isLock(value: unknown): value is CorpusLock {
  if (!isObject(value) || value["format"] !== LOCK_FORMAT || !isHash(value["library"])) return false;
  const { books } = value;
  return (
    isObject(books) &&
    Object.values(books).every(
      (book) =>
        isObject(book) &&
        isHash(book["hash"]) &&
        isObject(book["versions"]) &&
        Object.values(book["versions"]).every(
          (version) => isObject(version) && isHash(version["hash"]) && Number.isSafeInteger(version["segments"]),
        ),
    )
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHash(value: unknown): boolean {
  return typeof value === "string" && HASH.test(value);
}
