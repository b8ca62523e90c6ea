import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { SoferError } from "@sofer/core";

/** A file of JSON lines that takes its name when it is whole: half a report would be half a repair. */
export interface ReportFile {
  write(value: unknown): void;
  close(): void;
  /** What is not closed by now goes away. */
  discard(): void;
}

/** @param path null: nothing is written. @throws SoferError `usage` when the file cannot be written */
export function openReport(path: string | null): ReportFile {
  if (path === null) return { write: () => undefined, close: () => undefined, discard: () => undefined };
  const unfinished = `${path}.unfinished`;
  let file: number | null;
  try {
    file = openSync(unfinished, "w");
  } catch (error) {
    throw new SoferError("usage", `--report ${path} cannot be written`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
  return {
    write(value) {
      if (file !== null) writeSync(file, `${JSON.stringify(value)}\n`);
    },
    close() {
      if (file === null) return;
      closeSync(file);
      file = null;
      renameSync(unfinished, path);
    },
    discard() {
      if (file === null) return;
      closeSync(file);
      file = null;
      rmSync(unfinished, { force: true });
    },
  };
}
