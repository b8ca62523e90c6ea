import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SoferError, type ContentsEntry, type Pacer, type Settings, type TextSource } from "@sofer/core";
import type { SentRequest, WorkerSettings } from "@sofer/engine";
// By itself: a worker reads this file too, and has no use for the coordinator and the library.
import { workerSettingsOf } from "@sofer/engine/settings";
import { createServiceSource, parseContents } from "@sofer/sefaria";

type OnRequest = (request: SentRequest) => void;

/** The source of one unit in a worker; everything it needs came in the coordinator's first message. */
export function workerSource(settings: WorkerSettings, pacer: Pacer, onRequest: OnRequest): TextSource {
  return createServiceSource({ ...settings, pacer, onRequest });
}

/** What the engine is given of the outer world, the same for `ingest` and `plan`. */
export function composeRoad(settings: Settings) {
  // Read at once: a wrong file is wrong usage, before anything is asked or locked.
  const saved = settings.treeFile === null ? null : savedContents(settings.treeFile);
  return {
    settings,
    libraryPath: settings.library,
    makeSource(pacer: Pacer, onRequest: OnRequest): TextSource {
      const source = workerSource(workerSettingsOf(settings), pacer, onRequest);
      return saved === null ? source : { ...source, contents: () => Promise.resolve(saved) };
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
    return parseContents(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new SoferError("usage", `--tree-file ${path} is not a saved contents answer`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}
