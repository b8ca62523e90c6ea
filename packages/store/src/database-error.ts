import { SQLiteError } from "bun:sqlite";
import { SoferError } from "@sofer/core";

/**
 * What SQLite threw, as one clear line: a full disk is `disk`, a busy file is `locked`, everything else that the file
 * can be (damaged, not SQLite, unwritable, not there) is `library`. Errors of our own pass through.
 */
export function libraryError(thrown: unknown, path: string): Error {
  if (thrown instanceof SoferError) return thrown;
  if (!(thrown instanceof SQLiteError)) return thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = thrown.code ?? "";
  const is = (...names: string[]) => names.some((name) => code.startsWith(name));
  const fail = (kind: "library" | "locked" | "disk", message: string, hint: string) =>
    new SoferError(kind, message, { hint, cause: thrown });
  if (is("SQLITE_NOTADB")) {
    return fail("library", `${path} is not a library: it is not an SQLite file`, "Name another file with --library.");
  }
  if (is("SQLITE_CORRUPT")) {
    return fail(
      "library",
      `${path} is damaged: ${thrown.message}`,
      "Put a backup in its place, or ingest into a new file.",
    );
  }
  if (is("SQLITE_FULL"))
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
    return fail("library", `${path} cannot be read or written: ${thrown.message}`, "Check the disk.");
  return new SoferError("internal", `SQLite refused a statement: ${thrown.message}`, { cause: thrown });
}

/** Runs `work`, with SQLite's errors told as above. */
export function withLibraryErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw libraryError(thrown, path);
  }
}
