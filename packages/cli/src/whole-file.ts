import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { SoferError } from "@sofer/core";

/**
 * Writes a file that is either the whole new text or what it was before.
 * @param said the flag that named it. @throws SoferError `usage` when it cannot be written
 */
export function writeWholeFile(path: string, text: string, said: string): void {
  const unfinished = `${path}.unfinished`;
  try {
    const file = openSync(unfinished, "w");
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new SoferError("usage", `${said} ${path} cannot be written`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}
