import { SQLiteError } from "bun:sqlite";
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { SoferError } from "@sofer/core";

/** Less room than this on a disk, and a write that failed for no named reason failed for want of room. */
const NO_ROOM_BYTES = 1024 * 1024;

/**
 * What SQLite threw, as one clear line: a full disk is `disk`, a busy file is `locked`, everything else that the file
 * can be (damaged, not SQLite, unwritable, not there) is `library`. Errors of our own pass through.
 */
export function libraryError(thrown: unknown, path: string): Error {
  if (thrown instanceof SoferError) return thrown;
  const failure = sqliteErrorIn(thrown);
  if (failure === null) return thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = failure.code ?? "";
  const is = (...names: string[]) => names.some((name) => code.startsWith(name));
  const fail = (kind: "library" | "locked" | "disk", message: string, hint: string) =>
    new SoferError(kind, message, { hint, cause: thrown });
  if (is("SQLITE_NOTADB")) {
    return fail("library", `${path} is not a library: it is not an SQLite file`, "Name another file with --library.");
  }
  if (is("SQLITE_CORRUPT")) {
    return fail(
      "library",
      `${path} is damaged: ${failure.message}`,
      "Put a backup in its place, or ingest into a new file.",
    );
  }
  // The index of the WAL is made larger by other means than the files: there a full disk is an I/O error.
  if (is("SQLITE_FULL") || (is("SQLITE_IOERR", "SQLITE_CANTOPEN") && isFull(path)))
    return fail("disk", `no room left on the disk of ${path}`, "Free some room and run it again; progress is kept.");
  if (is("SQLITE_BUSY", "SQLITE_LOCKED")) {
    return fail("locked", `${path} is in use by another program`, "Wait until it has finished, or close it.");
  }
  if (is("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")) {
    return fail("library", `${path} cannot be written`, "Check the permissions of the file and of its folder.");
  }
  if (is("SQLITE_CANTOPEN")) {
    return fail(
      "library",
      `${path} cannot be opened`,
      "Check that it exists and that you may read and write its folder.",
    );
  }
  if (is("SQLITE_IOERR"))
    return fail(
      "library",
      `${path} cannot be read or written: ${failure.message}`,
      "Check the disk, and how large a file may become there (ulimit -f).",
    );
  return new SoferError("internal", `SQLite refused a statement: ${failure.message}`, { cause: thrown });
}

/** Drizzle wraps what SQLite threw. */
function sqliteErrorIn(thrown: unknown): SQLiteError | null {
  for (let error = thrown; error instanceof Error; error = error.cause) if (error instanceof SQLiteError) return error;
  return null;
}

function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < NO_ROOM_BYTES;
  } catch {
    // A folder that is gone is another matter, and told as such.
    return false;
  }
}

/** Runs `work`, with SQLite's errors told as above. */
export function withLibraryErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw libraryError(thrown, path);
  }
}
