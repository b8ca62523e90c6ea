import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureBare, objectUrls, weigh, type BareRun, type ObjectsMeasured } from "./bare.ts";
import { CONNECTIONS, isProven, measureRun, type IngestRun } from "./ingest-run.ts";
import { startSandboxProcess } from "./sandbox.ts";
import { settingOf, titlesOf, type Choice, type Setting } from "./setting.ts";

export interface BucketOptions extends Choice {
  readonly rounds: number;
}

/** The tool and what it is compared with, one soon after the other. */
export interface Round {
  readonly ours: IngestRun;
  /** One for each limit of connections; may be empty when ours did not verify. */
  readonly bare: readonly BareRun[];
}

export interface BucketMeasured extends Setting {
  readonly objects: ObjectsMeasured;
  readonly rounds: readonly Round[];
  /** Of all rounds, and of making the export's files before the first. */
  readonly sandboxCpuSeconds: number;
  readonly sandboxPeakBytes: number | null;
}

/**
 * Rounds of one ingest by the bucket, with `verify`, and of bare loops over the same objects, in turns: what comes first
 * in one round comes last in the next. Ends after the first ingest that does not verify.
 */
export async function measureBucket(options: BucketOptions): Promise<BucketMeasured> {
  const { corpus, workers, latencyMs } = options;
  const folder = mkdtempSync(join(tmpdir(), "sofer-bench-"));
  const titles = titlesOf(options);
  // As many connections as one worker may hold, and as all of them may.
  const limits = [...new Set([CONNECTIONS, CONNECTIONS * workers])];
  const list = join(folder, "urls.json");
  const sandbox = await startSandboxProcess(corpus, latencyMs);

  const bring = async (number: number) => {
    const own = join(folder, `round-${number}`);
    mkdirSync(own);
    const library = join(own, "library.sqlite");
    const { beforeVerify } = options;
    const ours = await measureRun({
      sandbox,
      source: "bucket",
      titles,
      workers,
      library,
      folder: own,
      beforeVerify,
    });
    rmSync(own, { recursive: true });
    return { ours, urls: await objectUrls(sandbox) };
  };
  const bareLoops = async () => {
    const runs: BareRun[] = [];
    for (const connections of limits) runs.push(await measureBare(sandbox, list, connections));
    return runs;
  };

  try {
    await sandbox.warmBucket();
    const first = await bring(0);
    const objects = await weigh(first.urls);
    await Bun.write(list, JSON.stringify(first.urls));
    const rounds: Round[] = [{ ours: first.ours, bare: isProven(first.ours) ? await bareLoops() : [] }];
    while (rounds.length < options.rounds && rounds.every(({ ours }) => isProven(ours))) {
      const isBareFirst = rounds.length % 2 === 1;
      const before = isBareFirst ? await bareLoops() : null;
      const { ours, urls } = await bring(rounds.length);
      if (urls.join("\n") !== first.urls.join("\n")) {
        throw new Error(`round ${rounds.length + 1} downloaded other objects than the first: they cannot be compared`);
      }
      rounds.push({ ours, bare: before ?? (await bareLoops()) });
    }
    const used = await sandbox.stop();
    return {
      ...settingOf(options, titles.length),
      objects,
      rounds,
      sandboxCpuSeconds: used.cpuSeconds,
      sandboxPeakBytes: used.peakBytes,
    };
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
