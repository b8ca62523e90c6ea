import {
  places,
  placesOfRange,
  slotCount,
  SoferError,
  versionId,
  type BucketSource,
  type LeafRange,
  type ListedObject,
  type Place,
  type TextAnswer,
  type TextSource,
  type VersionFile,
} from "@sofer/core";
import type { Library, StoredBook, StoredLeaf } from "@sofer/store";
import { rangesOf, slotsIn } from "./split.ts";
import type { LeafReader, ReadVersion, SourceText } from "./verify-source.ts";

/** Reads by the web service: one request for a leaf with all of its versions, in parts where that is too much. */
export function serviceReader(source: TextSource): LeafReader {
  return {
    async read(book, stored, versions) {
      const titles = [...new Set(versions.map((version) => version.versionTitle))];
      const answers = await readInParts(source, book, stored, titles, null);
      const read = new Map<string, ReadVersion>();
      for (const version of versions) {
        const texts = new Map<string, SourceText>();
        let isThere = false;
        for (const { answer, range } of answers) {
          const own = answer.versions.find(({ meta }) => versionId(meta) === versionId(version));
          if (own === undefined) continue;
          isThere = true;
          const { depth } = stored.leaf;
          addTexts(
            texts,
            range === null ? places(own.text, depth) : placesOfRange(own.text, depth, range.from, range.to),
          );
        }
        read.set(versionId(version), isThere ? { kind: "texts", texts } : { kind: "absent" });
      }
      return read;
    },
  };
}

interface Part {
  readonly answer: TextAnswer;
  readonly range: LeafRange | null;
}

async function readInParts(
  source: TextSource,
  book: StoredBook,
  stored: StoredLeaf,
  titles: readonly string[],
  range: LeafRange | null,
): Promise<Part[]> {
  const { leaf, shape } = stored;
  try {
    const promised = slotCount(shape) > 0 && titles.length > 1;
    return [{ answer: await source.text({ bookTitle: book.title, leaf, range, versions: titles, promised }), range }];
  } catch (thrown) {
    if (!(thrown instanceof SoferError) || thrown.next !== "split") throw thrown;
    const parts: Part[] = [];
    if (titles.length > 1) {
      for (const title of titles) parts.push(...(await readInParts(source, book, stored, [title], range)));
      return parts;
    }
    const most = Math.floor(slotsIn(shape, range) / 2);
    const ranges = most < 1 ? [] : rangesOf(shape, range, most);
    if (ranges.length < 2) throw thrown;
    for (const half of ranges) parts.push(...(await readInParts(source, book, stored, titles, half)));
    return parts;
  }
}

function addTexts(texts: Map<string, SourceText>, all: Iterable<Place>): void {
  for (const { kind, path, text } of all) if (kind === "text") texts.set(path.join("."), { path, text });
}

/**
 * Reads by the bucket: a file whose checksum is still the one it was stored from need not be downloaded, so a whole
 * library costs its listing. Files of one book are kept until the next.
 */
export function bucketReader(source: BucketSource, library: Library): LeafReader {
  let title: string | undefined;
  let listed: ReadonlyMap<string, ListedObject> = new Map();
  let files = new Map<string, VersionFile>();
  return {
    async read(book, stored, versions) {
      const objects = library.sourceObjects(book.title).filter((row) => row.kind === "text");
      if (title !== book.title) {
        files = new Map();
        listed = await listFolders(
          source,
          objects.map((row) => row.object.name),
        );
        title = book.title;
      }
      const read = new Map<string, ReadVersion>();
      for (const version of versions) {
        const row = objects.find(({ facts }) => facts !== null && versionId(facts.meta) === versionId(version));
        const now = row === undefined ? undefined : listed.get(row.object.name);
        if (row === undefined || now === undefined) read.set(versionId(version), { kind: "absent" });
        else if (isSame(row.object, now)) read.set(versionId(version), { kind: "unchanged" });
        else read.set(versionId(version), await readFile(source, files, now, book, stored));
      }
      return read;
    },
  };
}

async function readFile(
  source: BucketSource,
  files: Map<string, VersionFile>,
  object: ListedObject,
  book: StoredBook,
  { leaf }: StoredLeaf,
): Promise<ReadVersion> {
  const leaves = book.leaves.map((stored) => stored.leaf);
  const file = files.get(object.name) ?? (await source.version(object, leaves));
  files.set(object.name, file);
  const texts = new Map<string, SourceText>();
  addTexts(texts, places(file.leaves[leaf.title]?.text ?? [], leaf.depth));
  return { kind: "texts", texts };
}

/** Another generation of the same bytes is no change. */
function isSame(before: ListedObject, now: ListedObject): boolean {
  if (before.md5 !== null && now.md5 !== null) return before.md5 === now.md5;
  return before.crc32c !== null && before.crc32c === now.crc32c && before.size === now.size;
}

async function listFolders(source: BucketSource, names: readonly string[]): Promise<Map<string, ListedObject>> {
  // `…/Genesis/Hebrew/Name.json`: the folder of the book holds both sides.
  const folders = new Set(names.map((name) => `${name.split("/").slice(0, -2).join("/")}/`));
  const found = new Map<string, ListedObject>();
  for (const folder of folders) {
    let token: string | null = null;
    do {
      const page: Awaited<ReturnType<BucketSource["list"]>> = await source.list(folder, token);
      for (const object of page.objects) found.set(object.name, object);
      token = page.nextPageToken;
    } while (token !== null);
  }
  return found;
}
