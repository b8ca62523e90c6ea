import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureRun, type IngestRun } from "./ingest-run.ts";
import { startSandboxProcess } from "./sandbox.ts";
import { settingOf, titlesOf, type Choice, type Setting } from "./setting.ts";

export interface MeasureOptions extends Choice {
  /** Where to keep the library; null: it is removed. */
  readonly keep: string | null;
}

/** One measured ingest by the web service. */
export interface Measured extends Setting, IngestRun {
  readonly sandboxCpuSeconds: number;
  readonly sandboxPeakBytes: number | null;
}

/** One ingest from an empty library, then `verify`: every figure from outside of the measured processes. */
export async function measureIngest(options: MeasureOptions): Promise<Measured> {
  const { corpus, workers, keep, latencyMs, beforeVerify } = options;
  const folder = mkdtempSync(join(tmpdir(), "sofer-bench-"));
  const library = keep ?? join(folder, "library.sqlite");
  const titles = titlesOf(options);
  const sandbox = await startSandboxProcess(corpus, latencyMs);
  try {
    const run = await measureRun({ sandbox, source: "service", titles, workers, library, folder, beforeVerify });
    const used = await sandbox.stop();
    return {
      ...settingOf(options, titles.length),
      ...run,
      sandboxCpuSeconds: used.cpuSeconds,
      sandboxPeakBytes: used.peakBytes,
    };
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
