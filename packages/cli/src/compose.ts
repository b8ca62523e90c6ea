import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SoferError, type ContentsEntry, type Pacer, type Settings } from "@sofer/core";
import type { ExportNames, SentRequest, Sources, UnitHooks, WorkerSettings } from "@sofer/engine";
// By itself: a worker reads this file too, and has no use for the coordinator and the library.
import { workerSettingsOf } from "@sofer/engine/settings";
import {
  bucketNames,
  createBucketSource,
  createServiceSource,
  matchFolders,
  parseContents,
  parseJson,
} from "@sofer/sefaria";

/** The sources of one unit in a worker; everything they need came in the coordinator's first message. */
export function workerSources(settings: WorkerSettings, pacer: Pacer, hooks: UnitHooks): Sources {
  const options = { ...settings, ...hooks, pacer };
  return { service: createServiceSource(options), bucket: createBucketSource(options) };
}

const exportNames: ExportNames = { ...bucketNames, match: matchFolders, contents: "table_of_contents.json" };

/** What the engine is given of the outer world, the same for `ingest` and `plan`. */
export function composeRoad(settings: Settings) {
  // Read at once: a wrong file is wrong usage, before anything is asked or locked.
  const saved = settings.treeFile === null ? null : savedContents(settings.treeFile);
  return {
    settings,
    libraryPath: settings.library,
    exportNames,
    makeSources(pacer: Pacer, onRequest: (request: SentRequest) => void): Sources {
      const { maxConcurrentRequests } = settings;
      const asOneWorker = workerSettingsOf(settings, { maxWorkers: 1, maxConcurrentRequests });
      const { service, bucket } = workerSources(asOneWorker, pacer, { onRequest });
      if (saved === null) return { service, bucket };
      const contents = () => Promise.resolve(saved);
      return { service: { ...service, contents }, bucket: { ...bucket, contents } };
    },
  };
}

/** How the coordinator starts a worker. */
export function workerCommand(): string[] {
  return [process.execPath, join(import.meta.dir, "worker-main.ts")];
}

/** A saved answer of the contents endpoint (`--tree-file`). */
function savedContents(path: string): readonly ContentsEntry[] {
  try {
    return parseContents(parseJson(readFileSync(path, "utf8"), "it", {}));
  } catch (error) {
    throw new SoferError("usage", `--tree-file ${path} is not a saved contents answer`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}
