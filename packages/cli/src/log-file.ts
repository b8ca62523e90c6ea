import { closeSync, openSync, writeSync } from "node:fs";
import { SoferError } from "@sofer/core";

/** A file of JSON lines that only grows: what was written before a crash is there. */
export interface LogFile {
  write(value: unknown): void;
  close(): void;
}

/** null when no path was given. @throws SoferError `usage` when the file cannot be written */
export function openLogFile(path: string | null, flag: string): LogFile | null {
  if (path === null) return null;
  let file: number | null;
  try {
    file = openSync(path, "a");
  } catch (error) {
    throw new SoferError("usage", `--${flag} ${path} cannot be written`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
  return {
    write(value) {
      if (file !== null) writeSync(file, `${JSON.stringify(value)}\n`);
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}
