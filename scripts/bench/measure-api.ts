import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuSecondsOf, environment } from "./processes.ts";
import { count, renderRows } from "./report.ts";
import { startSandboxProcess } from "./sandbox.ts";
import { settingOf, titlesOf, type Setting } from "./setting.ts";
import { mostBy, type Stall } from "./stall-preload.ts";

const MAIN = join(import.meta.dir, "..", "..", "packages", "cli", "src", "main.ts");
const PRELOAD = join(import.meta.dir, "stall-preload.ts");
const LOAD = join(import.meta.dir, "api-load.ts");

const STREAMS = 200;
const PER_SECOND = 1_000;
/** With less of the load than this, nothing has been shown. */
const LEAST_SHARE = 0.9;
/** The run is paced, so that it takes a while and does not fight for the cores with those that ask. */
const RATE = 10;
/** More CPU than this may not be added to the ingest's processes, nor may its loop stand still for longer. */
export const MOST_MORE = 0.1;
export const MOST_BLOCKED_MS = 100;
/** Clock ticks of /proc, per second. */
const TICKS = 100;

export interface ApiRun {
  readonly exitCode: number;
  /** Coordinator and workers, without the API's process. */
  readonly cpuSeconds: number;
  readonly apiCpuSeconds: number;
  readonly wallSeconds: number;
  /** The longest stand of the coordinator's loop, and the longest that it was running itself (stall-preload.ts). */
  readonly blockedMs: number;
  readonly blockedByItselfMs: number;
  readonly load: {
    readonly streams: number;
    readonly messages: number;
    readonly requests: number;
    readonly failed: number;
    readonly left: number;
    readonly seconds: number;
  } | null;
}

export interface MeasuredApi extends Setting {
  /** Without the API, then with it and its load: pair by pair. */
  readonly pairs: readonly { readonly alone: ApiRun; readonly watched: ApiRun }[];
}

/** The same ingest with nobody watching and with many, alternately. */
export async function measureApi({ pairs, workers }: { pairs: number; workers: number }): Promise<MeasuredApi> {
  const choice = { corpus: null, workers, books: null, latencyMs: 0 };
  const titles = titlesOf(choice);
  const sandbox = await startSandboxProcess(choice.corpus, choice.latencyMs);
  const measured: { alone: ApiRun; watched: ApiRun }[] = [];
  try {
    for (let pair = 0; pair < pairs; pair++) {
      // Whoever comes first finds another machine than the second: they take turns.
      const [first, second] = [pair % 2 === 0, pair % 2 !== 0];
      const one = await ingest(sandbox.url, titles, workers, first);
      const other = await ingest(sandbox.url, titles, workers, second);
      measured.push(first ? { alone: other, watched: one } : { alone: one, watched: other });
    }
  } finally {
    await sandbox.stop();
  }
  return { ...settingOf(choice, titles.length), pairs: measured };
}

async function ingest(base: string, titles: readonly string[], workers: number, isWatched: boolean): Promise<ApiRun> {
  const folder = mkdtempSync(join(tmpdir(), "sofer-bench-api-"));
  const stalls = join(folder, "stalls.json");
  const own = ["--library", join(folder, "library.sqlite"), "--pace-file", join(folder, "pace"), "--quiet", "--json"];
  const where = ["--base-url", base, "--source", "service", "--rate", String(RATE), "--max-workers", String(workers)];
  const began = performance.now();
  const child = Bun.spawn(
    [
      process.execPath,
      "--preload",
      PRELOAD,
      MAIN,
      "ingest",
      ...where,
      ...own,
      ...(isWatched ? ["--api", "0"] : []),
      "--titles",
      ...titles,
    ],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: environment({ SOFER_API_TOKEN: crypto.randomUUID(), SOFER_BENCH_STALLS: stalls }),
    },
  );
  try {
    if (!isWatched) void drain(child.stderr.getReader());
    const load = isWatched ? await burden(child) : null;
    const apiCpu = isWatched ? watchCpu(child.pid) : () => 0;
    const exitCode = await child.exited;
    const wallSeconds = (performance.now() - began) / 1000;
    const apiCpuSeconds = apiCpu();
    load?.process.kill("SIGTERM");
    const told = load === null ? null : (JSON.parse(await new Response(load.process.stdout).text()) as ApiRun["load"]);
    const stands = existsSync(stalls) ? (JSON.parse(readFileSync(stalls, "utf8")) as Stall[]) : [];
    return {
      exitCode,
      // The kernel adds what a process's ended children used, the API's process too.
      cpuSeconds: cpuSecondsOf(child) - apiCpuSeconds,
      apiCpuSeconds,
      wallSeconds,
      blockedMs: mostBy(stands, "ms")[0]?.ms ?? 0,
      blockedByItselfMs: mostBy(stands, "ranMs")[0]?.ranMs ?? 0,
      load: told,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts the load as soon as the API says where it is. */
async function burden(child: Bun.Subprocess<"ignore", "ignore", "pipe">) {
  const decoder = new TextDecoder();
  let said = "";
  const reader = child.stderr.getReader();
  for (;;) {
    const url = /status API at (\S+)\n/.exec(said)?.[1];
    if (url !== undefined) {
      void drain(reader);
      const words = [process.execPath, LOAD, url, String(STREAMS), String(PER_SECOND)];
      return { process: Bun.spawn(words, { stdio: ["ignore", "pipe", "inherit"], env: environment({}) }) };
    }
    const { value, done } = await reader.read();
    if (done) throw new Error(`the run ended before its API was there: ${said}`);
    said += decoder.decode(value, { stream: true });
  }
}

async function drain(reader: { read(): Promise<{ done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}

/** CPU seconds of the API's process, asked for until it has gone. */
function watchCpu(parent: number): () => number {
  let seconds = 0;
  const look = () => {
    const pid = apiOf(parent);
    if (pid !== null) seconds = Math.max(seconds, cpuOf(pid));
  };
  const timer = setInterval(look, 50);
  look();
  return () => {
    clearInterval(timer);
    return seconds;
  };
}

function apiOf(parent: number): number | null {
  const children = read(`/proc/${parent}/task/${parent}/children`)?.trim().split(" ") ?? [];
  const found = children.find((pid) => read(`/proc/${pid}/cmdline`)?.includes("api-main.ts") === true);
  return found === undefined ? null : Number(found);
}

function cpuOf(pid: number): number {
  // utime and stime are the 14th and 15th field; the name before them may hold spaces.
  const fields =
    read(`/proc/${pid}/stat`)
      ?.replace(/^.*\) /, "")
      .split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS;
}

/** null: the process has gone. */
function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown) return null;
    throw thrown;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Growth of each pair's CPU. */
function growths({ pairs }: MeasuredApi): number[] {
  return pairs.map(({ alone, watched }) => watched.cpuSeconds / alone.cpuSeconds - 1);
}

/** Answers per second that the load got; a machine that is busy with other things does not let it ask as often as it would. */
function answered({ load }: ApiRun): number {
  return load === null ? 0 : load.requests / load.seconds;
}

export function isCheap(measured: MeasuredApi): boolean {
  const runs = measured.pairs.flatMap(({ alone, watched }) => [alone, watched]);
  const isLoaded = measured.pairs.every(
    ({ watched: { load } }) => load !== null && load.streams === STREAMS && load.failed === 0,
  );
  const rate = median(measured.pairs.map(({ watched }) => answered(watched)));
  return (
    runs.every(({ exitCode }) => exitCode === 0) &&
    isLoaded &&
    rate >= LEAST_SHARE * PER_SECOND &&
    median(growths(measured)) <= MOST_MORE
  );
}

type Stand = Pick<ApiRun, "blockedMs" | "blockedByItselfMs">;

function standing({ blockedMs, blockedByItselfMs }: Stand): string {
  return `${blockedMs.toFixed(0)} (${blockedByItselfMs.toFixed(0)}) ms`;
}

function medianStand(runs: readonly Stand[]): Stand {
  return {
    blockedMs: median(runs.map((run) => run.blockedMs)),
    blockedByItselfMs: median(runs.map((run) => run.blockedByItselfMs)),
  };
}

export function renderApiReport(measured: MeasuredApi): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const shares = growths(measured);
  const rows = measured.pairs.map(({ alone, watched }, index): readonly [string, string] => {
    const { load } = watched;
    const asked =
      load === null
        ? ""
        : `${count(load.streams)} streams, ${count(Math.round(answered(watched)))} answers/s, ${load.failed} failed`;
    const cpu = `${alone.cpuSeconds.toFixed(2)} s alone, ${watched.cpuSeconds.toFixed(2)} s watched (${percent(shares[index] ?? 0)})`;
    const blocked = `loop ${standing(alone)} / ${standing(watched)}`;
    return [`pair ${index + 1}`, `${cpu}; API ${watched.apiCpuSeconds.toFixed(2)} s; ${blocked}; ${asked}`];
  });
  return [
    renderRows([
      ["date", measured.date],
      [
        "machine",
        `${measured.machine.cpu}, ${measured.machine.cores} cores, ${measured.machine.system}, Bun ${measured.machine.bun}`,
      ],
      ["input", `${measured.input}: ${measured.books} books at ${RATE} requests/s, ${measured.workers} workers`],
      ["load", `${STREAMS} open streams and ${count(PER_SECOND)} requests/s`],
    ]),
    renderRows(rows),
    renderRows([
      ["CPU", `median growth ${percent(median(shares))} of coordinator and workers (at most ${percent(MOST_MORE)})`],
      [
        "loop",
        `longest stand (of its own running), median: ${standing(medianStand(measured.pairs.map(({ watched }) => watched)))} watched, ${standing(medianStand(measured.pairs.map(({ alone }) => alone)))} alone`,
      ],
      ["cheap", isCheap(measured) ? "yes" : "NO"],
    ]),
  ].join("\n\n");
}
