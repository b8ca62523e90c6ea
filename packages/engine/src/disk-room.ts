import { existsSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { SoferError, type Clock, type Settings } from "@sofer/core";

/**
 * Bytes of library for each byte of text files. M: 253 real books of the export, 88.9 MB in all versions, make a library
 * of 238 MB (texts 40 %, chunks and their spans, full-text index; links and vectors not counted).
 */
const LIBRARY_PER_RAW = 2.7;
/** A plan is refused below this share of its estimate: books differ, and what would fit must not be refused. */
const CLEARLY = 0.6;
/**
 * What a run leaves free: room for what is in the write-ahead log beside the library (M: 12.6 MB at most for the books
 * above; a large book that is refreshed is one transaction), and for the run's own end to be written.
 */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** A look costs some microseconds; a disk is not filled by us in less. */
const LOOK_EVERY_MS = 250;

export function libraryBytes(rawBytes: number): number {
  return Math.round(rawBytes * LIBRARY_PER_RAW);
}

/** Bytes that may still be written to the disk of a file that need not be there yet; null where nobody can say. */
export function freeBytesFor(path: string): number | null {
  let folder = dirname(resolve(path));
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const { blocks, bavail, bsize } = statfsSync(folder);
  // Some file systems of networks and of the kernel have no size.
  return blocks === 0 ? null : bavail * bsize;
}

/** @param rawBytes of texts that come beside those that are there. @throws SoferError `disk`, before the first text */
export function checkRoom(settings: Settings, libraryPath: string, rawBytes: number): void {
  if (settings.ignoreDiskSpace || rawBytes === 0) return;
  const free = freeBytesFor(libraryPath);
  const needed = libraryBytes(rawBytes);
  if (free === null || free >= needed * CLEARLY + RESERVE_BYTES) return;
  throw new SoferError(
    "disk",
    `the library needs about ${megabytes(needed)} more, and the disk of ${libraryPath} has ${megabytes(free)} free`,
    { hint: "free some room, name a file on another disk with --library, or say --ignore-disk-space" },
  );
}

/** Looks after the library's file and its disk while a run writes. */
export class DiskGuard {
  readonly #path: string;
  readonly #ignoresRoom: boolean;
  readonly #clock: Clock;
  readonly #file: string;
  #lookedMs: number;

  /** @param path of a library that is there */
  constructor(path: string, ignoresRoom: boolean, clock: Clock) {
    this.#path = path;
    this.#ignoresRoom = ignoresRoom;
    this.#clock = clock;
    this.#file = identity(path) ?? "";
    this.#lookedMs = clock.monotonicMs();
  }

  /** Why nothing more may be written, or null. Looks only now and then, so that it may be asked after every write. */
  look(): SoferError | null {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return null;
    this.#lookedMs = nowMs;
    return this.lookNow();
  }

  lookNow(): SoferError | null {
    // SQLite would go on writing into a file that has no name any more, and all of it would be lost at the end.
    if (identity(this.#path) !== this.#file) {
      return new SoferError("library", `${this.#path} was moved or removed while it was being written`, {
        hint: "put it back where it was and run the same command again, or let that make a new one",
      });
    }
    if (this.#ignoresRoom) return null;
    const free = freeBytesFor(this.#path);
    if (free === null || free >= RESERVE_BYTES) return null;
    return new SoferError("disk", `the disk of ${this.#path} has only ${megabytes(free)} left`, {
      hint: "progress is kept: free some room and run the same command again, or say --ignore-disk-space",
    });
  }
}

/** Which file a path leads to; null: to none, or to none that we may see. */
function identity(path: string): string | null {
  try {
    const { dev, ino } = statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return null;
  }
}

function megabytes(bytes: number): string {
  return bytes < 1e10 ? `${Math.round(bytes / 1e6)} MB` : `${Math.round(bytes / 1e9)} GB`;
}
