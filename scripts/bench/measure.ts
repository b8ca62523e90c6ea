import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus, loadavg, platform, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { demoLibrary, loadCorpus, type Stats } from "@sofer/sandbox";
import { watchMemory } from "./memory.ts";
import type { Measured } from "./report.ts";
import type { Stall } from "./stall-preload.ts";

const ROOT = join(import.meta.dir, "..", "..");
const MAIN = join(ROOT, "packages", "cli", "src", "main.ts");
const CORPUS = join(ROOT, "..", "shared", "corpus");
const PRELOAD = join(import.meta.dir, "stall-preload.ts");

/** The folder of real books, or null when it is not beside the project. */
export function corpusFolder(): string | null {
  return existsSync(join(CORPUS, "manifest.json")) ? CORPUS : null;
}

export interface MeasureOptions {
  /** null: the generated library. */
  readonly corpus: string | null;
  readonly workers: number;
  /** Books from the front; null: all. */
  readonly books: number | null;
  /** Where to keep the library; null: it is removed. */
  readonly keep: string | null;
  /** Called between ingest and verify, with the library's path. */
  readonly beforeVerify?: (library: string) => void;
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly cpuSeconds: number;
}

function environment(more: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("SOFER_"));
  return { ...Object.fromEntries(own), ...more };
}

function cpuSecondsOf(child: Bun.Subprocess): number {
  // The kernel adds what a process's ended children used; in microseconds.
  return Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
}

async function finish(child: Bun.Subprocess<"ignore", "pipe", "inherit">): Promise<Ended> {
  const [out, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  return { code, out, cpuSeconds: cpuSecondsOf(child) };
}

/** The sandbox in a process of its own, so that its work is not counted as the tool's. */
async function startSandboxProcess(corpus: string | null) {
  const words = corpus === null ? ["--demo-books"] : ["--corpus", corpus];
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "sandbox-process.ts"), ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: environment({}),
  });
  const reader = child.stdout.getReader();
  let said = "";
  while (!said.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the sandbox did not start");
    said += new TextDecoder().decode(value);
  }
  const memory = watchMemory(child.pid);
  return {
    url: said.trim(),
    async stop() {
      const peak = memory.stop();
      child.kill("SIGTERM");
      await child.exited;
      return { cpuSeconds: cpuSecondsOf(child), peakBytes: peak?.bytes ?? null };
    },
  };
}

/** One ingest from an empty library, then `verify`: every figure from outside of the measured processes. */
export async function measureIngest(options: MeasureOptions): Promise<Measured> {
  const { corpus, workers, keep } = options;
  const folder = mkdtempSync(join(tmpdir(), "sofer-bench-"));
  const library = keep ?? join(folder, "library.sqlite");
  const stallFile = join(folder, "stalls.json");
  const all = corpus === null ? demoLibrary() : loadCorpus(corpus);
  const titles = all.books.filter((book) => !book.isVirtual).map((book) => book.title);
  const wanted = titles.slice(0, options.books ?? titles.length);
  const loadBefore = loadavg()[0] ?? 0;
  const sandbox = await startSandboxProcess(corpus);
  try {
    const env = environment({ SOFER_LIBRARY: library, SOFER_PACE_FILE: join(folder, "pace.sqlite") });
    const tuning = ["--versions", "all", "--rate", "0", "--max-workers", String(workers)];
    const began = performance.now();
    const run = Bun.spawn(
      [process.execPath, "--preload", PRELOAD, MAIN, "ingest"].concat(
        ["--source", "service", "--base-url", sandbox.url, "--quiet", "--json", ...tuning],
        ["--titles", ...wanted],
      ),
      { stdio: ["ignore", "pipe", "inherit"], env: { ...env, SOFER_BENCH_STALLS: stallFile } },
    );
    const memory = watchMemory(run.pid);
    const ingested = await finish(run);
    const wallSeconds = (performance.now() - began) / 1000;
    const peak = memory.stop();
    options.beforeVerify?.(library);
    const verified = await finish(
      Bun.spawn([process.execPath, MAIN, "verify", "--json"], { stdio: ["ignore", "pipe", "inherit"], env }),
    );
    const report = lastJson(verified.out);
    const stats = (await (await fetch(`${sandbox.url}/_sandbox/stats`)).json()) as Stats;
    const used = await sandbox.stop();
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: {
        cpu: cpus()[0]?.model.trim() ?? "unknown",
        cores: navigator.hardwareConcurrency,
        memoryBytes: totalmem(),
        system: `${platform()} ${release()}`,
        bun: Bun.version,
      },
      input: corpus === null ? "generated library" : "real corpus",
      books: wanted.length,
      workers,
      ingestExitCode: ingested.code,
      verify: {
        exitCode: verified.code,
        isWhole: report["isWhole"] === true,
        differences: Number(report["differences"] ?? 0),
      },
      rawBytes: stats.bytes,
      libraryBytes: existsSync(library) ? statSync(library).size : 0,
      segments: Number(report["intact"] ?? 0),
      requests: stats.total,
      maxInFlight: stats.maxInFlight,
      connections: stats.connections,
      wallSeconds,
      cpuSeconds: ingested.cpuSeconds,
      sandboxCpuSeconds: used.cpuSeconds,
      memory: peak,
      sandboxPeakBytes: used.peakBytes,
      stalls: existsSync(stallFile) ? (JSON.parse(readFileSync(stallFile, "utf8")) as Stall[]) : [],
      loadBefore,
    };
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function lastJson(lines: string): Record<string, unknown> {
  const last = lines.trimEnd().split("\n").at(-1) ?? "";
  return last === "" ? {} : (JSON.parse(last) as Record<string, unknown>);
}
