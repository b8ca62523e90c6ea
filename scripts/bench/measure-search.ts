import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { openLibrary, type Library } from "@sofer/store";
import { isProven } from "./ingest-run.ts";
import { measureIngest } from "./measure.ts";
import { count, megabytes, renderRows, type Row } from "./report.ts";
import { MIX_CLASSES, searchMix, type MixQuery } from "./search-mix.ts";
import { machine, type Choice, type Machine } from "./setting.ts";

/** Hits asked for, as the command line does when nobody says otherwise. */
const LIMIT = 20;
/** What 95 of 100 queries must stay under. */
const TARGET_MS = 50;
const MICROSECONDS = 1000;

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface MeasuredQuery extends MixQuery {
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
  readonly hits: number;
  readonly texts: number;
  readonly isBounded: boolean;
}

export interface MeasuredSearch {
  readonly date: string;
  readonly machine: Machine;
  readonly loadBefore: number;
  readonly books: number;
  readonly texts: number;
  readonly rounds: number;
  /** Of the round with the median p95. */
  readonly wallMs: Percentiles;
  readonly cpuMs: Percentiles;
  /** p95 of each round, by wall. */
  readonly p95OfRounds: readonly number[];
  readonly classes: Readonly<Record<string, { readonly wallMs: Percentiles; readonly cpuMs: Percentiles }>>;
  readonly bounded: number;
  readonly queries: readonly MeasuredQuery[];
}

/** The library that is there, or one that is made for this and removed again. */
export async function withLibrary<T>(path: string | null, choice: () => Choice, work: (path: string) => T): Promise<T> {
  if (path !== null) return work(path);
  const folder = mkdtempSync(join(tmpdir(), "sofer-bench-search-"));
  try {
    const made = join(folder, "library.sqlite");
    const run = await measureIngest({ ...choice(), keep: made });
    if (!isProven(run)) throw new Error("the library that was made for this is not whole");
    return work(made);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Asks the mix again and again, one query after another, in one process with the library open. */
export function measureSearch(path: string, rounds: number): MeasuredSearch {
  const loadBefore = loadavg()[0] ?? 0;
  const library = openLibrary(path);
  try {
    const mix = searchMix(library);
    // The first queries of a process are slower: its code is compiled meanwhile. Not of the mix, so that none is known.
    for (const { query } of mix.slice(0, 20)) library.search({ query: `${query} warm`, limit: LIMIT });
    const queries = mix.map((query) => ({ ...query, wallMs: [] as number[], cpuMs: [] as number[] }));
    const answers = queries.map((query) => ({ query, answer: { hits: 0, texts: 0, isBounded: false } }));
    for (let round = 0; round < rounds; round++) {
      for (const row of answers) row.answer = ask(library, row.query);
    }
    const measured = answers.map(({ query, answer }) => ({ ...query, ...answer }));
    const p95OfRounds = Array.from(
      { length: rounds },
      (_, round) => percentiles(measured.map((one) => one.wallMs[round] ?? 0)).p95,
    );
    const typical = p95OfRounds.indexOf(p95OfRounds.toSorted((a, b) => a - b)[Math.floor((rounds - 1) / 2)] ?? 0);
    const of = (some: readonly MeasuredQuery[]) => ({
      wallMs: percentiles(some.map((one) => one.wallMs[typical] ?? 0)),
      cpuMs: percentiles(some.map((one) => one.cpuMs[typical] ?? 0)),
    });
    const classes = MIX_CLASSES.map((kind) => [kind, of(measured.filter((one) => one.class === kind))] as const);
    const common = ["with one of the commonest", of(measured.filter((one) => one.isCommon))] as const;
    const { books, texts } = library.counts();
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      loadBefore,
      books,
      texts,
      rounds,
      ...of(measured),
      p95OfRounds,
      classes: Object.fromEntries([...classes, common]),
      bounded: measured.filter((one) => one.isBounded).length,
      queries: measured,
    };
  } finally {
    library.close();
  }
}

function ask(library: Library, query: MixQuery & { wallMs: number[]; cpuMs: number[] }) {
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const { hits, total, isBounded } = library.search({ query: query.query, limit: LIMIT });
  query.wallMs.push(performance.now() - began);
  const { user, system } = process.cpuUsage(cpuBefore);
  query.cpuMs.push((user + system) / MICROSECONDS);
  return { hits: hits.length, texts: total.texts, isBounded };
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  // The smallest value that so many of all are not above.
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) };
}

export function isQuick({ wallMs }: Pick<MeasuredSearch, "wallMs">): boolean {
  return wallMs.p95 < TARGET_MS;
}

export function renderSearchReport(measured: MeasuredSearch): string {
  const { date, machine: on, loadBefore, books, texts, queries, bounded, rounds, p95OfRounds, classes } = measured;
  const line = ({ p50, p90, p95, p99, max }: Percentiles) =>
    [p50, p90, p95, p99, max].map((value) => value.toFixed(1).padStart(7)).join(" ");
  const rows: Row[] = [
    ["date", date],
    ["machine", `${on.cpu}, ${on.cores} cores, ${megabytes(on.memoryBytes)}, ${on.system}`],
    ["runtime", `Bun ${on.bun}; load before ${loadBefore.toFixed(2)}`],
    ["library", `${count(books)} books, ${count(texts)} texts`],
    [
      "mix",
      `${queries.length} queries, ${rounds} rounds; p95 of each ${p95OfRounds.map((ms) => ms.toFixed(1)).join(", ")} ms`,
    ],
    ["bounded", `${bounded} answers rank a sample`],
    ["ms", "    p50     p90     p95     p99     max"],
    ["wall, all", line(measured.wallMs)],
    ["CPU, all", line(measured.cpuMs)],
    ...Object.entries(classes).flatMap(([kind, of]): Row[] => [
      [`wall, ${kind}`, line(of.wallMs)],
      [`CPU, ${kind}`, line(of.cpuMs)],
    ]),
    [`p95 < ${TARGET_MS} ms`, isQuick(measured) ? "yes" : "NO"],
  ];
  return renderRows(rows);
}
