import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SoferError, type ContentsEntry, type Pacer, type Settings } from "@sofer/core";
import type { ExportNames, SentRequest, Sources } from "@sofer/engine";
import { workerSettingsOf } from "@sofer/engine/settings";
import { bucketNames, matchFolders } from "@sofer/sefaria/names";

const exportNames: ExportNames = { ...bucketNames, match: matchFolders, contents: "table_of_contents.json" };

/**
 * What the engine is given of the outer world, the same for `ingest` and `plan`. The sources themselves are loaded when they are
 * asked for: an ingest leaves them to its workers, and without them is 40 ms sooner at work.
 */
export async function composeRoad(settings: Settings) {
  // Read at once: a wrong file is wrong usage, before anything is asked or locked.
  const saved = settings.treeFile === null ? null : await savedContents(settings.treeFile);
  return {
    settings,
    libraryPath: settings.library,
    exportNames,
    async makeSources(pacer: Pacer, onRequest: (request: SentRequest) => void): Promise<Sources> {
      const { workerSources } = await import("./worker-sources.ts");
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
async function savedContents(path: string): Promise<readonly ContentsEntry[]> {
  const { parseContents, parseJson } = await import("@sofer/sefaria");
  try {
    return parseContents(parseJson(readFileSync(path, "utf8"), "it", {}));
  } catch (error) {
    throw new SoferError("usage", `--tree-file ${path} is not a saved contents answer`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}
