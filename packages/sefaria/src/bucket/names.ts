import type { BucketNames, ContentsEntry, Language, ListedObject, VersionFileName } from "@sofer/core";

/** What the export drops from a version title to make a file name of it (sefaria-api, section 11). */
const DROPPED = /[/:()<>"|?*\\\n\r]/g;
const SIDES: ReadonlyMap<string, Language> = new Map([
  ["Hebrew", "he"],
  ["English", "en"],
]);
const TEXTS = "json/";
const MERGED = "merged.json";
/** Category that the export puts before those it does not know as first ones. */
const OTHER = "Other";

/** How the export names its files. */
export const bucketNames: BucketNames = {
  folderOf({ title, categories }) {
    // A title is not cleaned as a version title is: with a `/` in it, its folder lies one level deeper.
    return `${TEXTS}${[...categories, title].join("/")}/`;
  },

  schemaOf(title) {
    return `schemas/${title.replaceAll(" ", "_")}.json`;
  },

  fileNameOf(versionTitle) {
    return `${versionTitle.replaceAll(DROPPED, "")}.json`;
  },

  partsOf(name) {
    // From the end: categories and titles may have any number of parts, a file name has one.
    const parts = name.split("/");
    const fileName = parts.at(-1) ?? "";
    const language = SIDES.get(parts.at(-2) ?? "");
    if (!name.startsWith(TEXTS) || parts.length < 4 || language === undefined || !fileName.endsWith(".json"))
      return null;
    return { folder: `${parts.slice(0, -2).join("/")}/`, language, fileName };
  },
};

/** Side of the folder that a version file lies in; null when its name does not say. */
export function sideOf(name: string): Language | null {
  return SIDES.get(name.split("/").at(-2) ?? "") ?? null;
}

export interface BookFile extends VersionFileName {
  readonly object: ListedObject;
  /** The publisher's merge of all versions of a side, not a version. */
  readonly isMerged: boolean;
}

/** Files by the folder of their book, in the order of the listing. Objects that are no version files are left out. */
export function groupByBook(objects: readonly ListedObject[], root: string): Map<string, BookFile[]> {
  const folders = new Map<string, BookFile[]>();
  for (const object of objects) {
    if (!object.name.startsWith(root)) continue;
    const parts = bucketNames.partsOf(object.name.slice(root.length));
    if (parts === null) continue;
    const file = { ...parts, object, isMerged: parts.fileName === MERGED };
    const files = folders.get(parts.folder);
    if (files === undefined) folders.set(parts.folder, [file]);
    else files.push(file);
  }
  return folders;
}

export interface MatchedFolders {
  /** By book title, the folder that holds it. */
  readonly folders: ReadonlyMap<string, string>;
  /** Folders that are no book of the contents; also a second folder of a book. */
  readonly unknown: readonly string[];
}

/**
 * Finds the books that folders hold. The whole path decides (a category and a book may have one name, and a title may
 * hold a `/`); where no book has this path, the export may have put it under another category: then its title does.
 */
export function matchFolders(
  folders: Iterable<string>,
  contents: readonly Pick<ContentsEntry, "title" | "categories">[],
): MatchedFolders {
  const byPath = new Map<string, string>();
  const titles = new Set<string>();
  for (const entry of contents) {
    titles.add(entry.title);
    byPath.set(bucketNames.folderOf(entry), entry.title);
    byPath.set(bucketNames.folderOf({ ...entry, categories: [OTHER, ...entry.categories] }), entry.title);
  }
  const found = new Map<string, string>();
  const elsewhere: string[] = [];
  for (const folder of folders) {
    const title = byPath.get(folder);
    if (title === undefined || found.has(title)) elsewhere.push(folder);
    else found.set(title, folder);
  }
  const unknown: string[] = [];
  for (const folder of elsewhere) {
    const title = byPath.has(folder) ? null : titleAtEnd(folder, titles);
    if (title === null || found.has(title)) unknown.push(folder);
    else found.set(title, folder);
  }
  return { folders: found, unknown };
}

/** The longest end of a folder's path that is a title: `A/B` goes before `B`. */
function titleAtEnd(folder: string, titles: ReadonlySet<string>): string | null {
  const parts = folder.slice(TEXTS.length, -1).split("/");
  for (let from = 0; from < parts.length; from++) {
    const title = parts.slice(from).join("/");
    if (titles.has(title)) return title;
  }
  return null;
}
