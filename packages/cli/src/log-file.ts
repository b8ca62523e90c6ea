import { closeSync, fstatSync, openSync, readSync, renameSync, statSync, truncateSync, writeSync } from "node:fs";
import { SoferError } from "@sofer/core";

/** A file of JSON lines that only grows: what was written before a crash is there. */
export interface LogFile {
  write(value: unknown): void;
  close(): void;
}

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LEVELS)[number];

export function isAtLeast(level: LogLevel, least: string): boolean {
  return LEVELS.indexOf(level) >= LEVELS.findIndex((one) => one === least);
}

export interface Rotation {
  /** No file becomes larger, unless one line is. */
  readonly maxBytes: number;
  /** Kept, the one that is written included. */
  readonly files: number;
}

const NEVER: Rotation = { maxBytes: Number.POSITIVE_INFINITY, files: 1 };

/** Name and password in an address: whoever reads the log is not to have them. */
const CREDENTIALS = /(https?:\/\/)[^/\s"@]+@/g;

/**
 * null when no path was given.
 * @param onLost told once, when it cannot be written any more (its disk is full); nothing is written from then on
 * @throws SoferError `usage` when the file cannot be opened
 */
export function openLogFile(
  path: string | null,
  flag: string,
  onLost: (error: SoferError) => void,
  rotation: Rotation = NEVER,
): LogFile | null {
  if (path === null) return null;
  let file: number | null;
  let size: number;
  let isTorn: boolean;
  try {
    isTorn = endsWithinLine(path);
    file = openSync(path, "a");
    size = fstatSync(file).size;
  } catch (error) {
    throw new SoferError("usage", `--${flag} ${path} cannot be written`, { hint: messageOf(error), cause: error });
  }
  const close = () => {
    if (file !== null) closeSync(file);
    file = null;
  };
  const append = (line: Buffer) => {
    if (size > 0 && size + line.length > rotation.maxBytes) {
      close();
      putAside(path, rotation.files);
      file = openSync(path, "a");
      size = fstatSync(file).size;
    }
    const open = file;
    if (open === null) return;
    for (let at = 0; at < line.length;) at += writeSync(open, line, at);
    size += line.length;
  };
  return {
    write(value) {
      if (file === null) return;
      // A line that an earlier run could not finish stays by itself.
      const start = isTorn ? "\n" : "";
      isTorn = false;
      try {
        append(Buffer.from(`${start}${JSON.stringify(value).replaceAll(CREDENTIALS, "$1")}\n`));
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

/** FILE.1 is the newest of those put aside; the oldest one's place is taken. */
function putAside(path: string, files: number): void {
  for (let number = files - 1; number >= 1; number--)
    rename(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
  if (files === 1) truncateSync(path);
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    // There are not so many yet.
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
