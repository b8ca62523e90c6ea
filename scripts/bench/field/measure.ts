import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment, runCommand, type Timed } from "../processes.ts";
import { startSandboxProcess, type BenchSandbox } from "../sandbox.ts";
import { machine, type Machine } from "../setting.ts";
import { expectedOf, LIBRARY, MIXED, type Expected } from "./books.ts";
import { contenders, type Absent, type Contender, type Delivered } from "./contenders.ts";

/** Milliseconds that the sandbox waits before each answer. */
const LATENCIES = [0, 50, 150] as const;
/**
 * Requests per second in all; null: as many as one can. At 10 a second the latency hardly matters, and who asks for each
 * segment needs minutes: that is measured at one latency only.
 */
export const USUAL: readonly Conditions[] = LATENCIES.map((latencyMs) => ({
  latencyMs,
  rates: latencyMs === 50 ? [null, 100, 10] : [null, 100],
}));

/** A cell whose first run takes longer is measured once. */
const SLOW_SECONDS = 6;
/** A cell whose requests alone take longer, at its pace, is not measured: what it would be can be read off its requests. */
const TOO_LONG_SECONDS = 400;

export interface Conditions {
  readonly latencyMs: number;
  readonly rates: readonly (number | null)[];
}

export interface FieldOptions {
  readonly conditions: readonly Conditions[];
  /** Of each cell that is not slow, beside the one whose memory is asked for; 0: that one alone. */
  readonly runs: number;
  /** Only those with this in their name; null or absent: all. */
  readonly wanted?: string | null;
  /** Called as each run ends. */
  readonly onRun?: (line: string) => void;
}

export interface FieldRun extends Timed {
  readonly exitCode: number;
  /** By the sandbox's count, as are the next three. */
  readonly requests: number;
  readonly bytes: number;
  readonly maxInFlight: number;
  readonly connections: number;
  readonly delivered: Delivered;
  /** What `verify` found; null where there is no such thing. */
  readonly isWhole: boolean | null;
}

export interface FieldCell {
  readonly latencyMs: number;
  readonly ratePerSecond: number | null;
  readonly contender: string;
  readonly isOurs: boolean;
  readonly runs: readonly FieldRun[];
  /** The first, whose memory was asked for: its time counts only where it is the only one. */
  readonly watched: FieldRun;
}

export interface FieldMeasured {
  readonly date: string;
  readonly machine: Machine;
  readonly books: number;
  readonly expected: number;
  readonly isLinked: boolean;
  readonly absent: readonly Absent[];
  readonly cells: readonly FieldCell[];
}

/** Everybody brings the same books from the same server under the same conditions, in turns. */
export async function measureField(options: FieldOptions): Promise<FieldMeasured> {
  const env = environment({});
  const { present, absent } = await contenders(env, options.wanted ?? "");
  const cells: FieldCell[] = [];
  const tooLong: Absent[] = [];
  let expected: Expected = { primary: [], places: 0 };
  let isLinked = false;
  for (const { latencyMs, rates } of options.conditions) {
    const sandbox = await startSandboxProcess(LIBRARY, latencyMs);
    try {
      await sandbox.warmBucket();
      expected = await expectedOf(sandbox);
      isLinked = await answersForLinks(sandbox);
      for (const ratePerSecond of rates) {
        const long = present.flatMap((contender) => whyTooLong(contender, cells, ratePerSecond) ?? []);
        tooLong.push(...long);
        const quick = present.filter((contender) => whyTooLong(contender, cells, ratePerSecond) === null);
        cells.push(
          ...(await measureCells({
            ...options,
            sandbox,
            expected,
            isLinked,
            latencyMs,
            ratePerSecond,
            present: quick,
            env,
          })),
        );
      }
    } finally {
      await sandbox.stop();
    }
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    books: MIXED.length,
    expected: expected.places,
    isLinked,
    absent: [...absent, ...tooLong],
    cells,
  };
}

/** By the requests that it sent in another cell. */
function whyTooLong({ name }: Contender, cells: readonly FieldCell[], ratePerSecond: number | null): Absent | null {
  const requests = cells.find((cell) => cell.contender === name)?.runs[0]?.requests ?? 0;
  const seconds = ratePerSecond === null ? 0 : requests / ratePerSecond;
  if (seconds <= TOO_LONG_SECONDS) return null;
  const why = `its ${requests} requests would take ${Math.ceil(seconds / 60)} minutes`;
  return { name: `${name} at ${ratePerSecond} requests/s`, why };
}

async function answersForLinks({ url }: BenchSandbox): Promise<boolean> {
  const answer = await fetch(`${url}/api/related/${encodeURIComponent(`${MIXED[0]} 1`)}`);
  await answer.body?.cancel();
  return answer.ok;
}

interface CellOptions extends FieldOptions {
  readonly sandbox: BenchSandbox;
  readonly expected: Expected;
  readonly isLinked: boolean;
  readonly latencyMs: number;
  readonly ratePerSecond: number | null;
  readonly present: readonly Contender[];
  readonly env: Record<string, string | undefined>;
}

/** One round after another, each with everybody who is not slow; who comes first changes from round to round. */
async function measureCells(options: CellOptions): Promise<FieldCell[]> {
  const { present, latencyMs, ratePerSecond, runs: wanted, onRun } = options;
  const measured = present.map((contender) => ({ contender, runs: [] as FieldRun[] }));
  for (let round = 0; round <= wanted; round++) {
    const first = round % measured.length;
    for (const { contender, runs } of [...measured.slice(first), ...measured.slice(0, first)]) {
      if ((runs[0]?.wallSeconds ?? 0) > SLOW_SECONDS) continue;
      const run = await oneRun(contender, options, round === 0);
      runs.push(run);
      const pace = ratePerSecond === null ? "unlimited" : `${ratePerSecond}/s`;
      onRun?.(`${latencyMs} ms, ${pace}, round ${round + 1}: ${contender.name} ${run.wallSeconds.toFixed(2)} s`);
    }
  }
  return measured.flatMap(({ contender, runs }) => {
    const [watched, ...timed] = runs;
    if (watched === undefined) return [];
    const { name, isOurs } = contender;
    return { latencyMs, ratePerSecond, contender: name, isOurs, runs: timed.length === 0 ? [watched] : timed, watched };
  });
}

async function oneRun(contender: Contender, options: CellOptions, isWatched: boolean): Promise<FieldRun> {
  const { sandbox, expected, isLinked, ratePerSecond, env } = options;
  const folder = mkdtempSync(join(tmpdir(), "sofer-bench-field-"));
  const job = { url: sandbox.url, titles: MIXED, ratePerSecond, isLinked, folder };
  try {
    await sandbox.reset();
    const { code, out: _out, ...timed } = await runCommand(contender.command(job), env, isWatched);
    const { total, bytes, maxInFlight, connections } = await sandbox.stats();
    const delivered = contender.delivered(job, expected);
    const isWhole = await contender.isWhole(job, env);
    return { exitCode: code, requests: total, bytes, maxInFlight, connections, delivered, isWhole, ...timed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
