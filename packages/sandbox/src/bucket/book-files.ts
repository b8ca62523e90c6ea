import { LANGUAGES } from "@sofer/core";
import { indexBody } from "../answers/book-index.ts";
import type { SandboxBook, SandboxLibrary } from "../library.ts";
import type { OpenedBook } from "../opened-book.ts";
import { folderOf, MERGED, schemaName, SIDES, versionFileName } from "./names.ts";
import { isCopyrighted, mergedFile, versionFile } from "./version-file.ts";

export const OBJECT_KINDS = ["contents", "schema", "version", "merged", "links", "index", "other"] as const;
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** A file of the export before its bytes are made. */
export interface FileSpec {
  /** Below the export's own folder. */
  readonly name: string;
  readonly kind: ObjectKind;
  make(): string;
}

/**
 * The files of one book. A dictionary has a schema only; a book that the contents do not name has an empty one. Where
 * two versions of a side have one file name, the later one is there, as it overwrote the earlier.
 */
export function bookFiles(opened: OpenedBook, library: SandboxLibrary): FileSpec[] {
  const { book, content } = opened;
  const isListed = library.books.includes(book);
  const schema: FileSpec = {
    name: schemaName(book),
    kind: "schema",
    make: () => (isListed ? indexBody(opened, library, "plain") : ""),
  };
  if (book.isVirtual) return [schema];
  const files = new Map<string, FileSpec>([[schema.name, schema]]);
  for (const version of content.versions) {
    if (isCopyrighted(version)) continue;
    const name = versionFileName(book, version.meta);
    files.set(name, { name, kind: "version", make: () => versionFile(opened, version) });
  }
  for (const file of mergedFiles(opened, book)) files.set(file.name, file);
  return [...files.values()];
}

function* mergedFiles(opened: OpenedBook, book: SandboxBook): Generator<FileSpec> {
  for (const language of LANGUAGES) {
    const exported = [...opened.content.versions, ...(opened.content.merged ?? [])];
    const isThere = exported.some((version) => version.meta.language === language && !isCopyrighted(version));
    if (!isThere) continue;
    const name = `${folderOf(book)}/${SIDES[language]}/${MERGED}.json`;
    yield { name, kind: "merged", make: () => mergedFile(opened, language) ?? "" };
  }
}
