import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONNECTIONS, isProven, measureRun, type IngestRun } from "../ingest-run.ts";
import { environment, lastJson, runBun, type Timed } from "../processes.ts";
import { startSandboxProcess, type BenchSandbox } from "../sandbox.ts";
import { settingOf, titlesOf, type Choice, type Setting } from "../setting.ts";

const LOOP = join(import.meta.dir, "loop.ts");

export const ROUTES = ["service", "bucket"] as const;
export type Route = (typeof ROUTES)[number];

export interface FloorOptions extends Choice {
  readonly rounds: number;
  readonly routes: readonly Route[];
  /** One round more of each route, whose memory is asked for and whose time does not count. */
  readonly isMemoryAsked?: boolean;
  /** Called with the floor's database, while it is there. */
  readonly onFloor?: (database: string) => void;
}

/** The least that has to be done, by one process. */
export interface FloorRun extends Timed {
  readonly answers: number;
  /** Different texts that are not blank. */
  readonly texts: number;
  /** By the sandbox's count, as is the next. */
  readonly requests: number;
  readonly rawBytes: number;
}

/** The tool and the floor, one soon after the other; no floor when the library did not verify. */
export interface FloorRound {
  readonly ours: IngestRun;
  readonly floor: FloorRun | null;
}

export interface RouteMeasured {
  readonly route: Route;
  readonly rounds: readonly FloorRound[];
  /** The round whose memory was asked for, not one of the others. */
  readonly watched: FloorRound | null;
}

export interface FloorMeasured extends Setting {
  readonly routes: readonly RouteMeasured[];
  readonly sandboxCpuSeconds: number;
}

/** True when each library holds what it should, and the floor kept exactly as many texts: else they did different work. */
export function isFair(rounds: readonly FloorRound[]): boolean {
  return rounds.length > 0 && rounds.every(({ ours, floor }) => isProven(ours) && floor?.texts === ours.segments);
}

/**
 * Rounds of an ingest into an empty library, with `verify`, and of the floor over the answers that this ingest asked for,
 * in turns: what comes first in one round comes last in the next. The routes take turns, too.
 */
export async function measureFloor(options: FloorOptions): Promise<FloorMeasured> {
  const { corpus, latencyMs } = options;
  const folder = mkdtempSync(join(tmpdir(), "sofer-bench-floor-"));
  const titles = titlesOf(options);
  const sandbox = await startSandboxProcess(corpus, latencyMs);
  const rounds = new Map<Route, FloorRound[]>(options.routes.map((route) => [route, []]));
  try {
    const fixed = { ...options, sandbox, titles, folder };
    if (rounds.has("bucket")) await sandbox.warmBucket();
    for (let number = 0; number < options.rounds; number++) {
      for (const [route, done] of rounds) {
        if (done.length > 0 && !isFair(done)) continue;
        done.push(await oneRound({ ...fixed, route, isFloorFirst: number % 2 === 1, isWatched: false }));
      }
    }
    const watched = new Map<Route, FloorRound>();
    for (const route of options.isMemoryAsked === true ? rounds.keys() : [])
      watched.set(route, await oneRound({ ...fixed, route, isFloorFirst: false, isWatched: true }));
    const { cpuSeconds } = await sandbox.stop();
    return {
      ...settingOf(options, titles.length),
      routes: [...rounds].map(([route, done]) => ({ route, rounds: done, watched: watched.get(route) ?? null })),
      sandboxCpuSeconds: cpuSeconds,
    };
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface RoundOptions extends FloorOptions {
  readonly sandbox: BenchSandbox;
  readonly titles: readonly string[];
  readonly route: Route;
  /** Keeps the list of what is asked, from round to round. */
  readonly folder: string;
  /** Only from the second round on: what is asked is learnt in the first. */
  readonly isFloorFirst: boolean;
  readonly isWatched: boolean;
}

async function oneRound(options: RoundOptions): Promise<FloorRound> {
  const { sandbox, titles, route, folder, workers, isFloorFirst, isWatched, beforeVerify } = options;
  const list = join(folder, `${route}.json`);
  const own = join(folder, "round");
  mkdirSync(own);
  try {
    const before = isFloorFirst ? await runFloor(options, list, own) : null;
    const library = join(own, "library.sqlite");
    const ours = await measureRun({
      sandbox,
      source: route,
      titles,
      workers,
      library,
      folder: own,
      isWatched,
      beforeVerify,
    });
    if (!isProven(ours)) return { ours, floor: before };
    await Bun.write(list, JSON.stringify(await askedUrls(sandbox)));
    return { ours, floor: before ?? (await runFloor(options, list, own)) };
  } finally {
    rmSync(own, { recursive: true });
  }
}

/** What the ingest downloaded, each once; not the pages of the bucket's listing. */
async function askedUrls(sandbox: BenchSandbox): Promise<readonly string[]> {
  const asked = (await sandbox.requests()).filter(({ endpoint }) => endpoint !== "listing");
  return [...new Set(asked.map(({ path }) => sandbox.url + path))];
}

/** @throws when the loop did not come to its end: then its time says nothing. */
async function runFloor(
  { sandbox, isWatched, onFloor }: RoundOptions,
  list: string,
  folder: string,
): Promise<FloorRun> {
  await sandbox.reset();
  const database = join(folder, "floor.sqlite");
  const words = [LOOP, list, database, String(CONNECTIONS)];
  const { code, out, ...timed } = await runBun(words, environment({}), isWatched);
  if (code !== 0) throw new Error(`the floor ended with exit code ${code}`);
  const { answers, texts } = lastJson(out);
  onFloor?.(database);
  const stats = await sandbox.stats();
  return { answers: Number(answers), texts: Number(texts), requests: stats.total, rawBytes: stats.bytes, ...timed };
}
