import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { isProven, MAIN } from "./ingest-run.ts";
import { measureSearch, type MeasuredSearch } from "./measure-search.ts";
import { cpuSecondsOf, environment, lastJson, runBun } from "./processes.ts";
import { startServing, type BenchSandbox } from "./sandbox.ts";
import { sizeOf, type LibrarySize } from "./scale-size.ts";
import { peaksOf, PHASES, phasesOf, tenthsOf, watchIngest, type Phase } from "./scale-watch.ts";
import { machine, type Machine } from "./setting.ts";

export interface ScaleOptions {
  /** 7,000 are a whole library. */
  readonly books: number;
  readonly workers: number;
  /** Where the export and the library are kept; null: they are removed. */
  readonly keep: string | null;
  /** Of the mix of queries; 0: nothing is searched. */
  readonly searchRounds: number;
  /** Called between ingest and verify, with the library's path. */
  readonly beforeVerify?: (library: string) => void;
}

export interface MeasuredScale {
  readonly date: string;
  readonly machine: Machine;
  readonly loadBefore: number;
  readonly books: number;
  readonly workers: number;
  /** Writing the export, before anything is measured; `there already`, or how long it took. */
  readonly export: { readonly seconds: number; readonly bytes: number };
  readonly ingestExitCode: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly phases: Readonly<Record<Phase, number>>;
  /** Texts a second in each tenth of the load. */
  readonly tenths: readonly number[];
  /** The most memory in each phase. */
  readonly peaks: Readonly<Record<Phase, number>> | null;
  readonly memorySamples: number;
  readonly verify: {
    readonly exitCode: number;
    readonly isWhole: boolean;
    readonly differences: number;
    readonly seconds: number;
    readonly peakBytes: number | null;
  };
  readonly segments: number;
  /** Null: the library is not whole, so there is nothing to refresh. */
  readonly refresh: {
    readonly exitCode: number;
    readonly seconds: number;
    readonly requests: number;
    /** Files that were downloaded again; nothing has changed, so none should be. */
    readonly downloads: number;
    readonly peakBytes: number | null;
  } | null;
  readonly size: LibrarySize;
  readonly libraryBytes: number;
  /** Null: not searched, since the library is not whole or nobody asked. */
  readonly search: Pick<MeasuredSearch, "wallMs" | "cpuMs" | "p95OfRounds" | "classes" | "bounded"> | null;
  readonly sandboxCpuSeconds: number;
}

/**
 * A whole generated library: its export is written to a folder, then, measured, brought by the bucket with its links,
 * verified, refreshed with nothing changed, and searched.
 */
export async function measureScale(options: ScaleOptions): Promise<MeasuredScale> {
  const { books, workers, keep, searchRounds } = options;
  const folder = keep ?? mkdtempSync(join(tmpdir(), "sofer-bench-scale-"));
  mkdirSync(folder, { recursive: true });
  const library = join(folder, "library.sqlite");
  for (const ending of ["", "-wal", "-shm"]) rmSync(library + ending, { force: true });
  const env = environment({ SOFER_LIBRARY: library, SOFER_PACE_FILE: join(folder, "pace.sqlite") });
  let sandbox: BenchSandbox | null = null;
  try {
    const writing = await runBun([join(import.meta.dir, "scale-export.ts"), "write", String(books), folder], env);
    if (writing.code !== 0) throw new Error("the export could not be written");
    sandbox = await startServing(["scale-export.ts", "serve", folder]);
    const words = await ingestWords(sandbox, workers);
    const loadBefore = loadavg()[0] ?? 0;
    const ingested = await watched([MAIN, ...words], env, library);
    options.beforeVerify?.(library);
    const verified = await runBun([MAIN, "verify", "--quiet", "--json"], env);
    const report = lastJson(verified.out);
    const { samples } = ingested;
    const phases = phasesOf(samples);
    const verify = {
      exitCode: verified.code,
      isWhole: report["isWhole"] === true,
      differences: Number(report["differences"] ?? 0),
      seconds: verified.wallSeconds,
      peakBytes: verified.memory?.bytes ?? null,
    };
    const segments = Number(report["intact"] ?? 0);
    const isWhole = isProven({ ingestExitCode: ingested.code, verify, segments });
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      loadBefore,
      books,
      workers,
      export: { seconds: writing.wallSeconds, bytes: statSync(join(folder, "objects.pack")).size },
      ingestExitCode: ingested.code,
      wallSeconds: ingested.wallSeconds,
      cpuSeconds: ingested.cpuSeconds,
      phases: Object.fromEntries(PHASES.map((phase) => [phase, phases[phase].to - phases[phase].from])) as Record<
        Phase,
        number
      >,
      tenths: tenthsOf(samples),
      peaks: peaksOf(samples),
      memorySamples: samples.length,
      verify,
      segments,
      refresh: isWhole ? await refresh([MAIN, ...words], env, sandbox) : null,
      size: sizeOf(library),
      libraryBytes: statSync(library).size,
      search: isWhole && searchRounds > 0 ? figuresOf(measureSearch(library, searchRounds)) : null,
      sandboxCpuSeconds: (await sandbox.stop()).cpuSeconds,
    };
  } finally {
    await sandbox?.stop();
    if (keep === null) rmSync(folder, { recursive: true, force: true });
  }
}

/** All books, by the categories that the contents have at their top. */
async function ingestWords({ url }: BenchSandbox, workers: number): Promise<string[]> {
  const answer = await fetch(`${url}/sefaria-export/table_of_contents.json`);
  const contents = (await answer.json()) as readonly { readonly category: string }[];
  const titles = contents.map(({ category }) => `category:${category}`);
  const where = ["--source", "bucket", "--base-url", url, "--bucket-url", url, "--links", "bucket"];
  const how = ["--versions", "all", "--rate", "0", "--max-workers", String(workers), "--quiet", "--json"];
  return ["ingest", ...where, ...how, "--titles", ...titles];
}

async function watched(words: readonly string[], env: Record<string, string | undefined>, library: string) {
  const began = performance.now();
  const child = Bun.spawn([process.execPath, ...words], { stdio: ["ignore", "pipe", "inherit"], env });
  const watch = watchIngest(child.pid, library);
  const [, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  const wallSeconds = (performance.now() - began) / 1000;
  return { code, wallSeconds, cpuSeconds: cpuSecondsOf(child), samples: watch.stop() };
}

/** The same ingest again, with nothing changed. */
async function refresh(words: readonly string[], env: Record<string, string | undefined>, sandbox: BenchSandbox) {
  await sandbox.reset();
  const { code, wallSeconds, memory } = await runBun(words, env);
  const { requests, total } = await sandbox.stats();
  const peakBytes = memory?.bytes ?? null;
  return { exitCode: code, seconds: wallSeconds, requests: total, downloads: requests.objects, peakBytes };
}

/** Without the queries one by one. */
function figuresOf({ wallMs, cpuMs, p95OfRounds, classes, bounded }: MeasuredSearch) {
  return { wallMs, cpuMs, p95OfRounds, classes, bounded };
}
