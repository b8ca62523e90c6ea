import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  places,
  shapeOf,
  TallyCounter,
  unionShape,
  type BookOutline,
  type ChunkDraft,
  type ChunkedParcel,
  type Leaf,
  type LeafRange,
  type OddPlace,
  type Path,
  type Shape,
  type VersionMeta,
} from "@sofer/core";
import { chunkLeaf, cleanText } from "@sofer/text";
import type { LibraryWriter, StoredLeaf } from "../api.ts";
import { migrateLibrary } from "../migrate.ts";
import { openLibraryWriter } from "../writer.ts";

/** A library in a folder of its own, gone when the test ends. */
export interface SmallLibrary extends Disposable {
  readonly folder: string;
  readonly path: string;
  readonly writer: LibraryWriter;
}

export function smallLibrary(): SmallLibrary {
  const folder = temporaryFolder();
  const path = join(folder.path, "library.sqlite");
  migrateLibrary(path);
  const writer = openLibraryWriter(path);
  return {
    folder: folder.path,
    path,
    writer,
    [Symbol.dispose]() {
      writer.close();
      folder[Symbol.dispose]();
    },
  };
}

export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "sofer-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export function leafOfTitle(title: string, fields: Partial<Leaf> = {}): Leaf {
  return {
    title,
    heTitle: `ספר ${title}`,
    keys: [],
    order: 0,
    depth: 2,
    addressTypes: ["Perek", "Pasuk"],
    sectionNames: ["Chapter", "Verse"],
    heSectionNames: ["פרק", "פסוק"],
    offsets: null,
    isDefault: false,
    ...fields,
  };
}

export function outlineOf(leaf: Leaf, shape: Shape, categories: readonly string[] = ["Tanakh", "Torah"]): BookOutline {
  return {
    tree: { title: leaf.title, heTitle: leaf.heTitle, isComplex: false, leaves: [leaf], virtualNodes: [] },
    categories,
    titleVariants: [],
    heTitleVariants: [],
    shapes: { [leaf.title]: shape },
    record: { title: leaf.title },
  };
}

export function versionOf(language: "he" | "en", versionTitle: string, fields: Partial<VersionMeta> = {}): VersionMeta {
  return {
    language,
    versionTitle,
    license: "Public Domain",
    versionSource: null,
    priority: 0,
    actualLanguage: language,
    other: {},
    ...fields,
  };
}

export interface ParcelOptions {
  readonly range?: LeafRange | null;
  readonly base?: Path;
  readonly chunks?: "make" | null;
}

/** A parcel as the road would bring it: places of a jagged array, counted, and chunked unless told otherwise. */
export function parcelOf(
  stored: StoredLeaf,
  version: VersionMeta,
  text: unknown,
  options: ParcelOptions = {},
): ChunkedParcel {
  const paths: Path[] = [];
  const texts: string[] = [];
  const odd: OddPlace[] = [];
  const counts = { places: 0, stored: 0, blank: 0, notText: 0, excluded: 0, irregular: 0 };
  const counter = new TallyCounter();
  for (const place of places(text, stored.leaf.depth, options.base ?? [])) {
    counts.places++;
    if (place.kind !== "text" || place.irregular !== null)
      odd.push({ path: place.path, kind: place.kind, irregular: place.irregular });
    if (place.kind === "blank") counts.blank++;
    if (place.kind === "not-text") counts.notText++;
    if (place.kind !== "text") continue;
    counts.stored++;
    if (place.irregular !== null) counts.irregular++;
    paths.push(place.path);
    texts.push(place.text);
    counter.add(place.text);
  }
  const clean = texts.map((one) => cleanText(one).text);
  const tokens = clean.map((one) => one.split(" ").length);
  const chunks: ChunkDraft[] | null =
    options.chunks === null
      ? null
      : chunkLeaf({
          bookTitle: stored.leaf.title,
          leaf: stored.leaf,
          version,
          segments: paths.map((path, index) => ({ path, text: clean[index] ?? "", tokens: tokens[index] ?? 0 })),
        });
  return {
    nodeId: stored.nodeId,
    version,
    range: options.range ?? null,
    paths,
    texts,
    counts,
    odd,
    tally: counter.tally(),
    sourceTag: "test",
    state: "done",
    tokens,
    chunks,
  };
}

/** Writes a one-leaf book in some versions, whole. Returns its leaf. */
export function addBook(
  writer: LibraryWriter,
  leaf: Leaf,
  versions: readonly { readonly meta: VersionMeta; readonly text: unknown }[],
  position = 0,
  categories?: readonly string[],
): StoredLeaf {
  const shape = versions.map(({ text }) => shapeOf(text, leaf.depth)).reduce(unionShape);
  const [stored] = writer.saveOutline(outlineOf(leaf, shape, categories), position, 1).leaves;
  if (stored === undefined) throw new Error("the outline has no leaf");
  for (const { meta, text } of versions) writer.commitParcel(parcelOf(stored, meta, text), 1);
  return stored;
}
