import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { pssBytes, treeOf } from "./memory.ts";

/** How often it is looked; what is between two looks is taken for even. */
const SAMPLE_MS = 100;
/** Rows are looked at more rarely: a tenth of a load takes seconds at least. */
const ROWS_EVERY = 3;

/** What an ingest is doing, as its library shows from outside; in this order. */
export const PHASES = ["plan", "load", "index", "links", "end"] as const;
export type Phase = (typeof PHASES)[number];

/** Row numbers reached, by what is written in a phase. Nothing is removed in a first ingest, so they count the rows. */
export interface RowsReached {
  readonly texts: number;
  readonly indexed: number;
  readonly links: number;
}

export interface ScaleSample {
  /** Since the process began. */
  readonly seconds: number;
  readonly rows: RowsReached;
  /** Of the process and all that it started; 0 where the system does not say. */
  readonly bytes: number;
}

const NOTHING: RowsReached = { texts: 0, indexed: 0, links: 0 };

/** Watches a process tree and the library that it writes until stopped. */
export function watchIngest(pid: number, library: string): { stop(): readonly ScaleSample[] } {
  const began = performance.now();
  const samples: ScaleSample[] = [];
  let rows = NOTHING;
  const look = (isLast: boolean) => {
    if (isLast || samples.length % ROWS_EVERY === 0) rows = rowsOf(library) ?? rows;
    const bytes = treeOf(pid).reduce((sum, each) => sum + pssBytes(each), 0);
    samples.push({ seconds: (performance.now() - began) / 1000, rows, bytes });
  };
  const timer = setInterval(() => look(false), SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      look(true);
      return samples;
    },
  };
}

/** Null while there is no library yet, or one that is being made. */
function rowsOf(path: string): RowsReached | null {
  if (!existsSync(path)) return null;
  let database: Database | null = null;
  try {
    database = new Database(path, { readonly: true });
    // The highest number of a table is found without reading the table.
    return database
      .query<RowsReached, []>(
        `SELECT ifnull((SELECT max(id) FROM segment_text), 0) AS texts,
           ifnull((SELECT max(id) FROM full_text_docsize), 0) AS indexed,
           ifnull((SELECT max(id) FROM link), 0) AS links`,
      )
      .get();
  } catch (error) {
    // Without its tables yet, or in the moment in which its log is made: asked again at the next look.
    if (error instanceof Error && /no such table|unable to open|locked/.test(error.message)) return null;
    throw error;
  } finally {
    database?.close();
  }
}

/** Each phase ends with the last row of its kind. */
export function phasesOf(samples: readonly ScaleSample[]): Readonly<Record<Phase, { from: number; to: number }>> {
  const first = (kind: keyof RowsReached) => samples.find(({ rows }) => rows[kind] > 0)?.seconds;
  const last = (kind: keyof RowsReached) => {
    const end = samples.at(-1)?.rows[kind] ?? 0;
    return end === 0 ? undefined : samples.find(({ rows }) => rows[kind] === end)?.seconds;
  };
  const end = samples.at(-1)?.seconds ?? 0;
  const loaded = first("texts") ?? end;
  const allTexts = last("texts") ?? end;
  const indexed = last("indexed") ?? allTexts;
  const linked = last("links") ?? indexed;
  return {
    plan: { from: 0, to: loaded },
    load: { from: loaded, to: allTexts },
    index: { from: allTexts, to: indexed },
    links: { from: indexed, to: linked },
    end: { from: linked, to: end },
  };
}

/** Rows a second in each tenth of the texts, from the first look that saw some. */
export function tenthsOf(samples: readonly ScaleSample[]): readonly number[] {
  const some = samples.filter(({ rows }, at) => rows.texts > 0 && rows.texts !== samples[at - 1]?.rows.texts);
  const [first] = some;
  const last = some.at(-1);
  if (first === undefined || last === undefined || first === last) return [];
  const step = (last.rows.texts - first.rows.texts) / 10;
  const when = Array.from({ length: 11 }, (_, tenth) => secondsAt(some, first.rows.texts + step * tenth));
  return when.slice(1).map((seconds, tenth) => step / (seconds - (when[tenth] ?? 0)));
}

/** When so many texts were there. @param some samples with ever more texts */
function secondsAt(some: readonly ScaleSample[], texts: number): number {
  const at = some.findIndex(({ rows }) => rows.texts >= texts - 1e-6);
  const [after, before] = [some[at] ?? some.at(-1), some[Math.max(0, at - 1)]];
  if (after === undefined || before === undefined) return 0;
  const rows = after.rows.texts - before.rows.texts;
  return rows <= 0
    ? after.seconds
    : before.seconds + ((texts - before.rows.texts) / rows) * (after.seconds - before.seconds);
}

/** The most memory in each phase; null where the system does not say. */
export function peaksOf(samples: readonly ScaleSample[]): Readonly<Record<Phase, number>> | null {
  if (samples.every(({ bytes }) => bytes === 0)) return null;
  const phases = phasesOf(samples);
  const peak = (phase: Phase) => {
    const { from, to } = phases[phase];
    return samples.reduce(
      (most, { seconds, bytes }) => (seconds >= from && seconds <= to ? Math.max(most, bytes) : most),
      0,
    );
  };
  return { plan: peak("plan"), load: peak("load"), index: peak("index"), links: peak("links"), end: peak("end") };
}
