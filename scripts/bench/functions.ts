import { bench, run, summary } from "mitata";
import { places, type ChunkSegment, type Leaf } from "@sofer/core";
import { tallyAnswer } from "@sofer/sefaria";
import { chunkLeaf, cleanText, countTokens, loadTokenizer, normaliseForSearch, searchText } from "@sofer/text";
import { demoLibrary, loadCorpus, type SandboxBook, type SandboxVersion } from "@sofer/sandbox";
import { corpusFolder } from "./setting.ts";

/** Plain Hebrew, pointed Hebrew with English, markup and footnotes. */
const TITLES = ["Shulchan Arukh, Orach Chayyim", "Genesis", "Berakhot"];
const MEBIBYTE = 1024 * 1024;

interface Sample {
  readonly name: string;
  readonly bytes: number;
  readonly depth: number;
  readonly body: string;
  readonly texts: readonly string[];
  readonly clean: readonly string[];
  readonly segments: readonly ChunkSegment[];
  /** The only pass in which most words are new; later ones find them in the cache. */
  readonly firstCountMs: number;
}

function sampleOf(book: SandboxBook): Sample {
  const { versions } = book.load();
  const lists = versions.filter((version: SandboxVersion) => Array.isArray(version.text));
  const largest = lists.reduce<unknown>((most, { text }) => (weight(text) > weight(most) ? text : most), []);
  const depth = depthOf(largest);
  const found = [...places(largest, depth)].filter((place) => place.kind === "text");
  const texts = found.map((place) => place.text);
  const clean = texts.map((text) => cleanText(text).text);
  const began = performance.now();
  const tokens = clean.map(countTokens);
  const firstCountMs = performance.now() - began;
  const segments = found.map(({ path }, at) => ({ path, text: clean[at] ?? "", tokens: tokens[at] ?? 0 }));
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return {
    name: book.title,
    bytes,
    depth,
    body: JSON.stringify({ versions: [{ text: largest }] }),
    texts,
    clean,
    segments,
    firstCountMs,
  };
}

const weight = (text: unknown): number => JSON.stringify(text).length;

function depthOf(text: unknown): number {
  if (!Array.isArray(text)) return 0;
  const inner = text.find((each) => Array.isArray(each) || (typeof each === "string" && each !== ""));
  return 1 + (inner === undefined ? 0 : depthOf(inner));
}

function leafOf(sample: Sample): Leaf {
  return {
    title: sample.name,
    heTitle: sample.name,
    keys: [],
    order: 0,
    depth: sample.depth,
    addressTypes: Array.from({ length: sample.depth }, () => "Integer" as const),
    sectionNames: [],
    heSectionNames: [],
    offsets: null,
    isDefault: false,
  };
}

/** Each function over the same texts; a figure is MB of raw text (UTF-8) per second of its median pass. */
export async function benchFunctions(only: string | null): Promise<void> {
  const corpus = corpusFolder();
  if (corpus === null) console.log("../shared/corpus is not there: generated texts");
  const { books } = corpus === null ? demoLibrary() : loadCorpus(corpus);
  const chosen = corpus === null ? books.filter((book) => !book.isVirtual).slice(0, 2) : books;
  await loadTokenizer();
  const samples = chosen.filter((book) => corpus === null || TITLES.includes(book.title)).map(sampleOf);
  const megabytes = new Map<string, number>();
  for (const sample of samples) {
    const leaf = leafOf(sample);
    const version = { language: "he", versionTitle: "bench" } as const;
    const tasks: [string, () => unknown][] = [
      ["JSON.parse + places", () => [...places(firstText(JSON.parse(sample.body)), sample.depth)]],
      ["tallyAnswer", () => tallyAnswer(sample.body)],
      ["cleanText", () => sum(sample.texts, (text) => cleanText(text).text.length)],
      ["countTokens, words known", () => sum(sample.clean, countTokens)],
      ["chunkLeaf", () => chunkLeaf({ bookTitle: sample.name, leaf, version, segments: sample.segments })],
      ["normaliseForSearch", () => sum(sample.clean, (text) => normaliseForSearch(text).length)],
      ["searchText", () => sum(sample.texts, (text) => searchText(text).length)],
    ];
    summary(() => {
      for (const [task, work] of tasks) {
        const name = `${task} | ${sample.name}`;
        if (only !== null && !name.includes(only)) continue;
        megabytes.set(name, sample.bytes / MEBIBYTE);
        bench(name, work);
      }
    });
  }
  const line = (name: string, rate: number) => console.log(`${name.padEnd(58)}${rate.toFixed(1).padStart(9)} MB/s`);
  for (const { name, bytes, firstCountMs } of samples) {
    const task = `countTokens, words new | ${name}`;
    if (only === null || task.includes(only)) line(task, bytes / MEBIBYTE / (firstCountMs / 1000));
  }
  const { benchmarks } = await run({ format: "quiet" });
  for (const { alias, runs } of benchmarks) {
    const stats = runs[0]?.stats;
    const size = megabytes.get(alias);
    if (stats === undefined || size === undefined) throw new Error(`${alias}: no figures`, { cause: runs[0]?.error });
    line(alias, size / (stats.p50 / 1e9));
  }
}

function firstText(answer: { readonly versions: readonly { readonly text: unknown }[] }): unknown {
  return answer.versions[0]?.text;
}

function sum(texts: readonly string[], each: (text: string) => number): number {
  let total = 0;
  for (const text of texts) total += each(text);
  return total;
}
