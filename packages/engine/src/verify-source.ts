import { comparePaths, formatRef, slots, toPlainError, versionId, type Path, type VersionKey } from "@sofer/core";
import { smallestLimit, type Library, type StoredBook, type StoredLeaf } from "@sofer/store";
import type { LeafLine, VerifyLine } from "./verify-line.ts";

/** One version of a leaf as the source has it now. */
export type ReadVersion =
  | { readonly kind: "texts"; readonly texts: ReadonlyMap<string, SourceText> }
  /** The source has no such version any more. */
  | { readonly kind: "absent" }
  /** Proven by checksum to be what was stored from, so it was not read. */
  | { readonly kind: "unchanged" };

export interface SourceText {
  readonly path: Path;
  readonly text: string;
}

/** Reads leaves again from a source: by the service's answers, or by the bucket's files. */
export interface LeafReader {
  /** By versionId, all of the versions asked for. */
  read(book: StoredBook, leaf: StoredLeaf, versions: readonly VersionKey[]): Promise<ReadonlyMap<string, ReadVersion>>;
}

/** What differs between a leaf's stored texts and the source; one line `!` when it cannot be read. */
export async function compareLeaf(
  library: Library,
  reader: LeafReader,
  book: StoredBook,
  stored: StoredLeaf,
  versions: readonly VersionKey[],
): Promise<VerifyLine[]> {
  const about = { title: book.title, leaf: stored.leaf.title };
  let found: ReadonlyMap<string, ReadVersion>;
  try {
    found = await reader.read(book, stored, versions);
  } catch (thrown) {
    const { code, message, next } = toPlainError(thrown);
    if (next === "stop") throw thrown;
    const note = `could not be read again: ${code}: ${message}`;
    return [{ ...about, sign: "!", about: "unread", version: null, ref: stored.leaf.title, note }];
  }
  const limit = smallestLimit(library.settled(book.title).filter((row) => row.nodeId === stored.nodeId));
  const beyond = limit === null ? null : pathOfSlot(stored, limit);
  return versions.flatMap((version) => {
    const read = found.get(versionId(version));
    if (read === undefined || read.kind === "unchanged") return [];
    return compareVersion(library, stored, version, read, beyond).map((line) => ({ ...about, version, ...line }));
  });
}

function compareVersion(
  library: Library,
  { leaf, nodeId }: StoredLeaf,
  version: VersionKey,
  read: Exclude<ReadVersion, { kind: "unchanged" }>,
  beyond: Path | null,
): LeafLine[] {
  const { paths, texts } = library.leafVersionTexts(nodeId, version);
  const line = (sign: LeafLine["sign"], ref: string, note: string): LeafLine => ({ sign, about: "text", ref, note });
  if (read.kind === "absent") {
    const note = `the source has this version no more: ${paths.length} texts`;
    return paths.length === 0 ? [] : [line("+", leaf.title, note)];
  }
  const lines: LeafLine[] = [];
  const left = new Map(read.texts);
  for (const [index, path] of paths.entries()) {
    const key = path.join(".");
    const source = left.get(key);
    left.delete(key);
    if (source === undefined) lines.push(line("+", formatRef(leaf, path), "not in the source"));
    else if (source.text !== texts[index]) lines.push(line("*", formatRef(leaf, path), "not the source's text"));
  }
  for (const { path } of left.values()) {
    if (beyond !== null && comparePaths(path, beyond) >= 0) continue;
    lines.push(line("-", formatRef(leaf, path), "in the source, and not here"));
  }
  return lines;
}

/** The first place that `--limit` left out. */
function pathOfSlot(stored: StoredLeaf, position: number): Path | null {
  let at = 0;
  for (const path of slots(stored.shape)) if (at++ === position) return path;
  return null;
}
