/**
 * `passes.ts LIBRARY COPY [CORPUS]` does over all texts of a library, stage by stage and one after another, what an ingest
 * did to bring it, and prints how long each took as JSON. In a process of its own: the tokenizer must not know words yet.
 * COPY is a copy of the library, which is emptied and filled again.
 */
import { Database } from "bun:sqlite";
import { places, TallyCounter, type ChunkedParcel, type Leaf, type Parcel, type VersionMeta } from "@sofer/core";
import { tallyAnswer } from "@sofer/sefaria";
import { packRows, unpackRows } from "@sofer/engine";
import { openLibrary, openLibraryWriter } from "@sofer/store";
import { chunkLeaf, cleanText, countTokens, loadTokenizer } from "@sofer/text";
import { libraryOf } from "../setting.ts";
import type { Pass, Passes } from "./measure.ts";
import { passMessages } from "./messages.ts";

interface Held extends Omit<Parcel, "counts" | "tally"> {
  readonly bookTitle: string;
  readonly leaf: Leaf;
  readonly bytes: number;
}

const [path = "", copy = "", corpus] = process.argv.slice(2);

/** Every leaf of every version, as it is stored. */
function heldTexts(): Held[] {
  const library = openLibrary(path);
  try {
    const held: Held[] = [];
    for (const { title, leaves } of library.eachBook()) {
      const metas = new Map(library.versions(title).map((each) => [`${each.language}|${each.versionTitle}`, each]));
      for (const { nodeId, version } of library.storedTexts(title)) {
        const leaf = leaves.find((each) => each.nodeId === nodeId)?.leaf;
        const meta = metas.get(`${version.language}|${version.versionTitle}`);
        if (leaf === undefined || meta === undefined) throw new Error(`${title}: a text without its leaf or version`);
        const { paths, texts } = library.leafVersionTexts(nodeId, version);
        const whole: VersionMeta = { ...meta, actualLanguage: meta.language, other: {} };
        const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        const shared = { nodeId, version: whole, range: null, odd: [], sourceTag: "", state: "done" } as const;
        held.push({ ...shared, paths, texts, bookTitle: title, leaf, bytes });
      }
    }
    return held;
  } finally {
    library.close();
  }
}

/** As they are published: the bodies of answers, one for each leaf of each version. */
function bodiesOf(held: readonly Held[]): { readonly body: string; readonly depth: number }[] {
  const byTitle = new Map(libraryOf(corpus ?? null).books.map((book) => [book.title, book]));
  const byBook = Map.groupBy(held, ({ bookTitle }) => bookTitle);
  return [...byBook].flatMap(([title, parts]) => {
    const versions = byTitle.get(title)?.load().versions ?? [];
    return parts.map(({ leaf, version }) => {
      const published = versions.find(
        ({ meta }) => meta.language === version.language && meta.versionTitle === version.versionTitle,
      );
      let text = published?.text;
      for (const key of leaf.keys) text = (text as Readonly<Record<string, unknown>>)[key];
      return { body: JSON.stringify({ versions: [{ text }] }), depth: leaf.depth };
    });
  });
}

const passes: Pass[] = [];
const held = heldTexts();
const bytes = held.reduce((sum, each) => sum + each.bytes, 0);
const rows = held.reduce((sum, each) => sum + each.texts.length, 0);

function pass<T>(name: string, work: () => T): T {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const result = work();
  const wallSeconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  passes.push({ name, wallSeconds, cpuSeconds: (user + system) / 1e6, rows, bytes });
  return result;
}

const bodies = bodiesOf(held);
pass("parse", () => {
  let found = 0;
  for (const { body, depth } of bodies) {
    const { versions } = JSON.parse(body) as { readonly versions: readonly { readonly text: unknown }[] };
    for (const place of places(versions[0]?.text, depth)) if (place.kind === "text") found++;
  }
  if (found !== rows) throw new Error(`${found} texts parsed, the library holds ${rows}`);
});
pass("count again, raw", () => {
  const found = bodies.reduce((sum, { body }) => sum + (tallyAnswer(body)[0]?.count ?? 0), 0);
  if (found !== rows) throw new Error(`${found} texts counted, the library holds ${rows}`);
});

const messages = await passMessages(held.map(({ paths, texts }) => ({ paths, texts })));
passes.push({ name: "pass between processes", rows, bytes, ...messages });
pass("pass to a thread", () => {
  for (const { paths, texts } of held) unpackRows([structuredClone(packRows(paths, texts))]);
});

const clean = pass("clean", () => held.map(({ texts }) => texts.map((text) => cleanText(text).text)));
{
  const cpu = process.cpuUsage();
  const began = performance.now();
  await loadTokenizer();
  const wallSeconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  passes.push({ name: "load the tokenizer", wallSeconds, cpuSeconds: (user + system) / 1e6, rows: 0, bytes: 0 });
}
const tokens = pass("count tokens", () => clean.map((texts) => texts.map(countTokens)));
const chunked = pass("chunk", () =>
  held.map(({ bookTitle, leaf, version, paths }, at) => {
    const texts = clean[at] ?? [];
    const segments = texts.map((text, index) => ({
      path: paths[index] ?? [],
      text,
      tokens: tokens[at]?.[index] ?? 0,
    }));
    return chunkLeaf({ bookTitle, leaf, version, segments });
  }),
);

const parcels = held.map(({ bookTitle: _title, leaf: _leaf, bytes: _bytes, ...parcel }, at): ChunkedParcel => {
  const counter = new TallyCounter();
  for (const text of parcel.texts) counter.add(text);
  const stored = parcel.texts.length;
  const counts = { places: stored, stored, blank: 0, notText: 0, excluded: 0, irregular: 0 };
  return { ...parcel, counts, tally: counter.tally(), tokens: tokens[at] ?? [], chunks: chunked[at] ?? [] };
});
emptyCopy();
const writer = openLibraryWriter(copy);
try {
  pass("write", () => {
    for (const parcel of parcels) writer.commitParcel(parcel, 0);
  });
  pass("index", () => {
    const indexed = writer.buildIndex();
    if (indexed !== rows) throw new Error(`${indexed} texts indexed, the library holds ${rows}`);
  });
} finally {
  writer.close();
}
const result: Passes = { rows, bytes, passes };
console.log(JSON.stringify(result));

/** What the stages make; books, leaves and versions stay. */
function emptyCopy(): void {
  using database = new Database(copy);
  database.run("INSERT INTO full_text (full_text) VALUES ('delete-all')");
  for (const table of ["span", "chunk", "chunked", "holding", "segment_text", "segment"]) {
    database.run(`DELETE FROM ${table}`);
  }
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.run("VACUUM");
}
