import { loadavg } from "node:os";
import { watchMemory, type MemoryPeak } from "./memory.ts";

/** How a process that was measured ended. */
export interface Ended {
  readonly code: number;
  /** What it wrote to stdout. */
  readonly out: string;
  /** The process, its threads and its ended children, user and system. */
  readonly cpuSeconds: number;
}

/** What is seen of a process tree from outside; the same for the tool and for what it is compared with. */
export interface Timed {
  /** From its start to its end. */
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly memory: MemoryPeak | null;
  /** Load of the machine just before: above 0 somebody else was computing too. */
  readonly loadBefore: number;
}

/** The environment without the tool's own settings, so that nobody's habits are measured. */
export function environment(more: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("SOFER_"));
  return { ...Object.fromEntries(own), ...more };
}

export function cpuSecondsOf(child: Bun.Subprocess): number {
  // The kernel adds what a process's ended children used; in microseconds.
  return Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
}

/** Runs this Bun with `words` to its end. */
export function runBun(
  words: readonly string[],
  env: Record<string, string | undefined>,
  isWatched = true,
): Promise<Ended & Timed> {
  return runCommand([process.execPath, ...words], env, isWatched);
}

/**
 * @param isWatched its memory is asked for each 100 ms. The kernel walks all of it each time and lets it not allocate meanwhile,
 * which takes the longer the more it has: 253 real books take 5 % longer, twelve small ones no longer.
 */
export async function runCommand(
  command: readonly string[],
  env: Record<string, string | undefined>,
  isWatched = true,
): Promise<Ended & Timed> {
  const loadBefore = loadavg()[0] ?? 0;
  const began = performance.now();
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "inherit"], env });
  const watch = isWatched ? watchMemory(child.pid) : null;
  const [out, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  const wallSeconds = (performance.now() - began) / 1000;
  return { code, out, cpuSeconds: cpuSecondsOf(child), wallSeconds, memory: watch?.stop() ?? null, loadBefore };
}

/** The last line of JSON lines; empty when there is none. */
export function lastJson(lines: string): Readonly<Record<string, unknown>> {
  const last = lines.trimEnd().split("\n").at(-1) ?? "";
  return last === "" ? {} : (JSON.parse(last) as Record<string, unknown>);
}
