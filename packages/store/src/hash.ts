import { compareCodePoints, type Language } from "@sofer/core";
import type { Library } from "./api.ts";

export interface VersionHash {
  readonly language: Language;
  readonly versionTitle: string;
  readonly segments: number;
  /** sha256, hex. */
  readonly hash: string;
}

export interface BookHash {
  readonly title: string;
  readonly hash: string;
  readonly versions: readonly VersionHash[];
}

export interface LibraryHash {
  readonly library: string;
  readonly books: readonly BookHash[];
}

const BEYOND_BASIC_PLANE = /[\ud800-\udfff]/;

/**
 * What the library holds, as hashes that other code can make from other copies.
 *
 * - version: sha256 of its segments' lines `ref TAB heRef TAB text LF` in UTF-8, sorted bytewise. In text a backslash is
 *   doubled, and LF, CR and TAB are written `\n`, `\r`, `\t`; an absent Hebrew ref is "".
 * - book: sha256 of its versions' lines `language TAB versionTitle TAB segments TAB hash LF`, sorted.
 * - library: sha256 of its books' lines `title TAB hash LF`, sorted.
 *
 * Versions and books without a segment have no line: a library that never asked for them hashes the same.
 */
export function hashLibrary(library: Library, titles?: readonly string[]): LibraryHash {
  const books: BookHash[] = [];
  for (const { title } of library.books()) {
    if (titles !== undefined && !titles.includes(title)) continue;
    const book = hashBook(library, title);
    if (book.versions.length > 0) books.push(book);
  }
  return { library: sha256(books.map((book) => `${book.title}\t${book.hash}\n`)), books };
}

function hashBook(library: Library, title: string): BookHash {
  const lines = new Map<string, { language: Language; versionTitle: string; lines: string[] }>();
  for (const { language, versionTitle, ref, heRef, text } of library.segments({ titles: [title] })) {
    const key = `${language}|${versionTitle}`;
    const version = lines.get(key) ?? { language, versionTitle, lines: [] };
    lines.set(key, version);
    version.lines.push(`${ref}\t${heRef ?? ""}\t${escaped(text)}\n`);
  }
  const versions = [...lines.values()]
    .map((version) => ({
      language: version.language,
      versionTitle: version.versionTitle,
      segments: version.lines.length,
      hash: sha256(version.lines),
    }))
    .toSorted((a, b) => compareCodePoints(a.language, b.language) || compareCodePoints(a.versionTitle, b.versionTitle));
  const rows = versions.map((row) => `${row.language}\t${row.versionTitle}\t${row.segments}\t${row.hash}\n`);
  return { title, hash: sha256(rows), versions };
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
}

function sha256(lines: string[]): string {
  // JavaScript's own order goes by UTF-16 unit: that is the bytewise one as long as no character takes two units.
  const isPlain = !lines.some((line) => BEYOND_BASIC_PLANE.test(line));
  const sorted = isPlain ? lines.toSorted() : lines.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const hasher = new Bun.CryptoHasher("sha256");
  for (const line of sorted) hasher.update(line);
  return hasher.digest("hex");
}
