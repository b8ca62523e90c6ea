import {
  fromPlainError,
  isListingRefused,
  SoferError,
  toPlainError,
  UNKNOWN_SIZE,
  type BucketNames,
  type ContentsEntry,
  type ListedObject,
  type ObjectPage,
  type PlainError,
  type VersionFileName,
} from "@sofer/core";
import { Breath } from "../breath.ts";

/** How the export names things, and which of its folders are which books. */
export interface ExportNames extends BucketNames {
  /** Object of the table of contents. */
  readonly contents: string;
  /** By book title, the folder that holds it; and folders that are no book of the contents. */
  match(
    folders: Iterable<string>,
    contents: readonly ContentsEntry[],
  ): { readonly folders: ReadonlyMap<string, string>; readonly unknown: readonly string[] };
}

export interface PageAsk {
  /** Below the root. */
  readonly prefix: string;
  readonly token: string | null;
  /** From 0. */
  readonly page: number;
}

/** Where listing pages come from: workers in a run, a source of its own for a plan. */
export interface BucketReader {
  /** Beside the asks; null: not asked, the run is stopping. */
  pages(asks: readonly PageAsk[]): Promise<readonly (ObjectPage | PlainError | null)[]>;
  /** The published index of all files. */
  index(): Promise<readonly ListedObject[]>;
  /** What stands before `json/`; known once something was asked. */
  root(): string;
}

export interface TextObject extends VersionFileName {
  readonly object: ListedObject;
}

/** What the bucket has of one book. */
export interface ListedBook {
  readonly entry: ContentsEntry;
  readonly schema: ListedObject | null;
  readonly texts: readonly TextObject[];
}

export interface Listing {
  readonly books: readonly ListedBook[];
  /** Books whose own listing failed. */
  readonly failed: ReadonlyMap<string, PlainError>;
  /** Folders beside those of the wanted books that the contents do not name. */
  readonly beyond: readonly string[];
  readonly objects: number;
  readonly pages: number;
  /** Why the published index was read instead; null: the bucket listed. */
  readonly refusedWith: PlainError | null;
}

/** Up to this many books are listed one by one; beyond, the folder they have in common is, page after page. */
export const LISTED_ONE_BY_ONE = 20;
/** Pages of one folder. The whole export has 85,000 files, a thousand of them to a page. */
export const MAX_PAGES = 10_000;
const SCHEMAS = "schemas/";

/**
 * What the bucket has of the wanted books.
 * @throws SoferError what listing all failed with; `interrupted` never: what could not be asked is left out.
 */
export async function readListing(
  reader: BucketReader,
  names: ExportNames,
  entries: readonly ContentsEntry[],
  contents: readonly ContentsEntry[],
): Promise<Listing> {
  const isOneByOne = entries.length <= LISTED_ONE_BY_ONE;
  const prefixes = isOneByOne
    ? entries.flatMap((entry) => [names.folderOf(entry), names.schemaOf(entry.title)])
    : [commonFolder(entries.map((entry) => names.folderOf(entry))), SCHEMAS];
  const { objects, errors, pages } = await readPages(reader, prefixes);
  const refusedWith = [...errors.values()].find(isListingRefused) ?? null;
  const [firstError] = errors.values();
  if (refusedWith === null && firstError !== undefined && !isOneByOne) throw fromPlainError(firstError);
  const all = refusedWith === null ? objects : await reader.index();
  const found = await sortOut(all, reader.root(), names, contents);
  // The published index names texts only.
  const unseen = (entry: ContentsEntry): ListedObject => ({
    name: reader.root() + names.schemaOf(entry.title),
    size: UNKNOWN_SIZE,
    md5: null,
    crc32c: null,
    generation: "",
    updated: "",
  });
  const failed = new Map<string, PlainError>();
  for (const entry of refusedWith === null ? entries : []) {
    const error = errors.get(names.folderOf(entry)) ?? errors.get(names.schemaOf(entry.title));
    if (error !== undefined) failed.set(entry.title, error);
  }
  return {
    books: entries
      .filter((entry) => !failed.has(entry.title))
      .map((entry) => ({
        entry,
        schema: found.schemas.get(names.schemaOf(entry.title)) ?? (refusedWith === null ? null : unseen(entry)),
        texts: found.texts.get(entry.title) ?? [],
      })),
    failed,
    beyond: beside(found.unknown, entries, names),
    objects: all.length,
    pages,
    refusedWith,
  };
}

async function readPages(reader: BucketReader, prefixes: readonly string[]) {
  const objects: ListedObject[] = [];
  const errors = new Map<string, PlainError>();
  const tokens = new Set<string>();
  let pages = 0;
  let pending: PageAsk[] = prefixes.map((prefix) => ({ prefix, token: null, page: 0 }));
  while (pending.length > 0) {
    const answers = await reader.pages(pending);
    const next: PageAsk[] = [];
    for (const [index, ask] of pending.entries()) {
      const answer = answers[index];
      if (answer === undefined || answer === null) continue;
      if ("code" in answer) errors.set(ask.prefix, answer);
      else {
        pages++;
        for (const object of answer.objects) objects.push(object);
        const { nextPageToken: token } = answer;
        if (token === null) continue;
        const seen = `${ask.prefix} ${token}`;
        if (tokens.has(seen) || ask.page >= MAX_PAGES) errors.set(ask.prefix, toPlainError(endless(ask.prefix)));
        else next.push({ ...ask, token, page: ask.page + 1 });
        tokens.add(seen);
      }
    }
    // One page that cannot be read makes the rest of a long listing worthless.
    pending = errors.size > 0 && prefixes.length === 2 ? [] : next;
  }
  return { objects, errors, pages };
}

/** A listing that goes in a circle, or that never comes to an end. */
export function endless(prefix: string): SoferError {
  return new SoferError("wire-shape", `the listing of ${prefix} does not come to an end`, {
    hint: "the storage service is at fault: try again later, or check --bucket-url",
  });
}

/** Objects sorted between two breaths. */
const OBJECTS_AT_ONCE = 1_000;

/** Objects by what they are of. The whole export is 85,000 of them: 140 ms at once. */
async function sortOut(
  objects: readonly ListedObject[],
  root: string,
  names: ExportNames,
  contents: readonly ContentsEntry[],
) {
  const schemas = new Map<string, ListedObject>();
  const byFolder = new Map<string, TextObject[]>();
  const breath = new Breath();
  let sorted = 0;
  // The last of two of one name: the export may be written while it is listed.
  for (const object of new Map(objects.map((one) => [one.name, one])).values()) {
    if (++sorted % OBJECTS_AT_ONCE === 0) await breath.take();
    if (!object.name.startsWith(root)) continue;
    const name = object.name.slice(root.length);
    const parts = names.partsOf(name);
    if (parts === null) schemas.set(name, object);
    else {
      const files = byFolder.get(parts.folder);
      if (files === undefined) byFolder.set(parts.folder, [{ ...parts, object }]);
      else files.push({ ...parts, object });
    }
  }
  const matched = names.match(byFolder.keys(), contents);
  const texts = new Map([...matched.folders].map(([title, folder]) => [title, byFolder.get(folder) ?? []]));
  return { schemas, texts, unknown: matched.unknown };
}

/** The longest folder path that all have in common: `json/Mishnah/`. */
export function commonFolder(folders: readonly string[]): string {
  let common = folders[0]?.split("/").slice(0, -1) ?? [];
  for (const folder of folders) {
    const parts = folder.split("/");
    const differs = common.findIndex((part, index) => part !== parts[index]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.length === 0 ? "" : `${common.join("/")}/`;
}

function beside(unknown: readonly string[], entries: readonly ContentsEntry[], names: ExportNames): string[] {
  const parent = (folder: string) => folder.slice(0, folder.lastIndexOf("/", folder.length - 2) + 1);
  const wanted = new Set(entries.map((entry) => parent(names.folderOf(entry))));
  return unknown.filter((folder) => wanted.has(parent(folder)));
}
