import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { SoferError } from "@sofer/core";

/** A file of JSON lines that only grows: what was written before a crash is there. */
export interface LogFile {
  write(value: unknown): void;
  close(): void;
}

/**
 * null when no path was given.
 * @param onLost told once, when it cannot be written any more (its disk is full); nothing is written from then on
 * @throws SoferError `usage` when the file cannot be opened
 */
export function openLogFile(path: string | null, flag: string, onLost: (error: SoferError) => void): LogFile | null {
  if (path === null) return null;
  let file: number | null;
  let isTorn: boolean;
  try {
    isTorn = endsWithinLine(path);
    file = openSync(path, "a");
  } catch (error) {
    throw new SoferError("usage", `--${flag} ${path} cannot be written`, {
      hint: messageOf(error),
      cause: error,
    });
  }
  const close = () => {
    if (file !== null) closeSync(file);
    file = null;
  };
  return {
    write(value) {
      if (file === null) return;
      // A line that an earlier run could not finish stays by itself.
      const bytes = Buffer.from(`${isTorn ? "\n" : ""}${JSON.stringify(value)}\n`);
      isTorn = false;
      try {
        for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      } catch (error) {
        close();
        onLost(
          new SoferError("disk", `--${flag} ${path} cannot be written any more: ${messageOf(error)}`, {
            hint: "progress is kept: free some room, or name another file, and run the same command again",
            cause: error,
          }),
        );
      }
    },
    close,
  };
}

function endsWithinLine(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || found.size === 0) return false;
  const file = openSync(path, "r");
  try {
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, found.size - 1);
    return last.toString() !== "\n";
  } finally {
    closeSync(file);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
