import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SoferError, type ContentsEntry, type Pacer, type Settings, type TextSource } from "@sofer/core";
import { workerSettingsOf, type SentRequest, type WorkerSettings } from "@sofer/engine";
import { createServiceSource, parseContents } from "@sofer/sefaria";

/** The source of one unit in a worker; everything it needs came in the coordinator's first message. */
export function workerSource(
  settings: WorkerSettings,
  pacer: Pacer,
  onRequest: (request: SentRequest) => void,
): TextSource {
  return createServiceSource({ ...settings, pacer, onRequest });
}

/** The coordinator's own source, for the contents. */
export function coordinatorSource(settings: Settings) {
  return (pacer: Pacer, onRequest: (request: SentRequest) => void): TextSource => {
    const source = workerSource(workerSettingsOf(settings), pacer, onRequest);
    const { treeFile } = settings;
    return treeFile === null ? source : { ...source, contents: () => Promise.resolve(savedContents(treeFile)) };
  };
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

/** How the coordinator starts a worker. */
export function workerCommand(): string[] {
  return [process.execPath, join(import.meta.dir, "worker-main.ts")];
}
