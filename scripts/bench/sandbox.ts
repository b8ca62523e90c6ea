import { join } from "node:path";
import type { LoggedRequest, Stats } from "@sofer/sandbox";
import { watchMemory } from "./memory.ts";
import { cpuSecondsOf, environment } from "./processes.ts";

/** A sandbox in a process of its own, so that its work is not counted as the tool's. */
export interface BenchSandbox {
  readonly url: string;
  /** Counts since the start or the last reset. */
  stats(): Promise<Stats>;
  requests(): Promise<readonly LoggedRequest[]>;
  reset(): Promise<void>;
  /** Makes all files of the export and their checksums, which is the first listing's work otherwise. */
  warmBucket(): Promise<void>;
  /** Ends it; the figures are of all that it did. */
  stop(): Promise<{ readonly cpuSeconds: number; readonly peakBytes: number | null }>;
}

/**
 * @param corpus as Choice.corpus (setting.ts).
 * @param latencyMs each answer waits this long.
 */
export function startSandboxProcess(corpus: string | null, latencyMs: number): Promise<BenchSandbox> {
  return startServing(["sandbox-process.ts", String(latencyMs), ...(corpus === null ? [] : [corpus])]);
}

/** @param words a script beside this one, which prints its address and ends on SIGTERM, and what it is told. */
export async function startServing([script = "", ...words]: readonly string[]): Promise<BenchSandbox> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, script), ...words], {
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
  const url = said.trim();
  const memory = watchMemory(child.pid);
  const page = async (path: string, method = "GET"): Promise<unknown> => {
    const answer = await fetch(url + path, { method });
    if (!answer.ok) throw new Error(`${path}: the sandbox answered ${answer.status}`);
    return answer.json();
  };
  const reset = async () => void (await page("/_sandbox/reset", "POST"));
  return {
    url,
    reset,
    stats: async () => (await page("/_sandbox/stats")) as Stats,
    requests: async () => (await page("/_sandbox/requests")) as LoggedRequest[],
    async warmBucket() {
      await page("/storage/v1/b/sefaria-export/o?maxResults=1");
      await reset();
    },
    async stop() {
      const peak = memory.stop();
      child.kill("SIGTERM");
      await child.exited;
      return { cpuSeconds: cpuSecondsOf(child), peakBytes: peak?.bytes ?? null };
    },
  };
}
