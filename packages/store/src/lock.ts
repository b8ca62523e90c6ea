import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { SoferError } from "@sofer/core";
import { libraryError } from "./database-error.ts";

export interface LibraryLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly started_at: number;
  readonly command: string;
}

/** ms to wait for a reader of the holder row, who is gone in far less. A held lock outlasts it. */
const BUSY_TIMEOUT_MS = 250;

/** Locks of this process: a handle that nobody refers to would be collected, and its lock with it. */
const held = new Set<Database>();

/**
 * One writing program per library: an open transaction on the side file `<path>.lock`, which the kernel ends with the
 * process, even after kill -9. Who holds it is committed first, so that the refused one can say so. The file stays
 * behind, and must not be opened by anything else in this process: closing it would drop POSIX locks.
 * @throws `locked` when another process holds it, `library` when the folder cannot be written.
 */
export function lockLibrary(path: string): LibraryLock {
  const file = `${path}.lock`;
  let database: Database;
  try {
    mkdirSync(dirname(path), { recursive: true });
    database = new Database(file, { create: true, readwrite: true });
  } catch (thrown) {
    throw new SoferError("library", `${file} cannot be written`, {
      hint: "Name a library in a folder you may write with --library.",
      cause: thrown,
    });
  }
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // The row is a message to others, not data: it needs no disk sync.
    database.run("PRAGMA synchronous = OFF");
    database.run("BEGIN IMMEDIATE");
    database.run(
      "CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL, started_at INTEGER NOT NULL, command TEXT NOT NULL)",
    );
    database.run("DELETE FROM holder");
    database.query("INSERT INTO holder VALUES (?, ?, ?)").run(process.pid, Date.now(), process.argv.slice(2).join(" "));
    database.run("COMMIT");
    // Between the two transactions another process may step in: then the second BEGIN finds it busy, or its row there.
    database.run("BEGIN IMMEDIATE");
    const holder = holderOf(database);
    if (holder?.pid !== process.pid) throw refusal(path, holder, undefined);
  } catch (thrown) {
    const error = libraryError(thrown, file);
    const isBusy = error instanceof SoferError && error.code === "locked";
    const told = isBusy && thrown !== error ? refusal(path, readHolder(database), thrown) : error;
    database.close();
    throw told;
  }
  held.add(database);
  return {
    release() {
      if (!held.delete(database)) return;
      database.run("ROLLBACK");
      database.close();
    },
  };
}

function holderOf(database: Database): Holder | null {
  return database.query<Holder, []>("SELECT pid, started_at, command FROM holder").get();
}

/** The holder may not have committed its row yet; then nobody is named. */
function readHolder(database: Database): Holder | null {
  try {
    return holderOf(database);
  } catch {
    return null;
  }
}

function refusal(path: string, holder: Holder | null, cause: unknown): SoferError {
  const who =
    holder === null
      ? "another process"
      : `process ${holder.pid} (${holder.command === "" ? "" : `${holder.command}, `}since ${new Date(holder.started_at).toISOString()})`;
  return new SoferError("locked", `${path} is in use by ${who}`, {
    hint: "Wait until it has finished, or stop it; progress is kept.",
    cause,
  });
}
