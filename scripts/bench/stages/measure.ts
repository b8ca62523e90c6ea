import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isProven, measureRun, type IngestRun } from "../ingest-run.ts";
import { environment, lastJson, runBun } from "../processes.ts";
import { startSandboxProcess } from "../sandbox.ts";
import { settingOf, titlesOf, type Choice, type Setting } from "../setting.ts";

const PASSES = join(import.meta.dir, "passes.ts");

/** One stage over all texts of the library. */
export interface Pass {
  readonly name: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** 0, as the bytes: it does not depend on the texts. */
  readonly rows: number;
  readonly bytes: number;
}

export interface Passes {
  readonly rows: number;
  /** UTF-8 of all texts. */
  readonly bytes: number;
  readonly passes: readonly Pass[];
}

/** An ingest, and then its stages one by one; none when the library did not verify. */
export interface StagesRound {
  readonly ours: IngestRun;
  readonly stages: Passes | null;
}

export interface MeasuredStages extends Setting {
  readonly rounds: readonly StagesRound[];
}

export async function measureStages(options: Choice & { readonly rounds: number }): Promise<MeasuredStages> {
  const { corpus, latencyMs, workers, beforeVerify } = options;
  const folder = mkdtempSync(join(tmpdir(), "sofer-bench-stages-"));
  const titles = titlesOf(options);
  const sandbox = await startSandboxProcess(corpus, latencyMs);
  const rounds: StagesRound[] = [];
  try {
    while (rounds.length < options.rounds && rounds.every(({ stages }) => stages !== null)) {
      const own = join(folder, "round");
      mkdirSync(own);
      const library = join(own, "library.sqlite");
      const run = { sandbox, source: "service", titles, workers, library, folder: own, beforeVerify } as const;
      const ours = await measureRun(run);
      rounds.push({ ours, stages: isProven(ours) ? await stagesOf(library, corpus) : null });
      rmSync(own, { recursive: true });
    }
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...settingOf(options, titles.length), rounds };
}

async function stagesOf(library: string, corpus: string | null): Promise<Passes> {
  const copy = `${library}.copy`;
  copyFileSync(library, copy);
  const { code, out } = await runBun([PASSES, library, copy, ...(corpus === null ? [] : [corpus])], environment({}));
  if (code !== 0) throw new Error(`the stages ended with exit code ${code}`);
  return lastJson(out) as unknown as Passes;
}
