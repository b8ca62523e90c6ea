import { Database } from "bun:sqlite";
import { closeSync, existsSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { SoferError } from "@sofer/core";
import { connect, formatOf, requireCurrent } from "./connection.ts";
import { withLibraryErrors } from "./database-error.ts";

export interface Backup {
  readonly path: string;
  readonly bytes: number;
  readonly books: number;
  readonly texts: number;
}

/**
 * A whole copy of a library as of one moment, also while it is being written: VACUUM INTO reads in one transaction,
 * and in WAL mode the writer does not wait for a reader. The copy is checked and synced to the disk before it takes its
 * name; the name is taken in one step.
 * @param isForced an existing file is replaced. @throws SoferError `usage`, `library`, `disk`
 */
export function backupLibrary(library: string, path: string, isForced: boolean): Backup {
  refuseExisting(library, path, isForced);
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    withLibraryErrors(library, () => {
      const database = connect(library, "read");
      try {
        requireCurrent(database, library);
        database.query("VACUUM INTO ?").run(unfinished);
      } finally {
        database.close();
      }
    });
    const counts = check(unfinished);
    sync(unfinished);
    const bytes = statSync(unfinished).size;
    renameSync(unfinished, path);
    sync(dirname(path));
    return { path, bytes, ...counts };
  } finally {
    for (const file of [unfinished, `${unfinished}-journal`]) rmSync(file, { force: true });
  }
}

function refuseExisting(library: string, path: string, isForced: boolean): void {
  if (!existsSync(dirname(path))) throw new SoferError("usage", `there is no folder ${dirname(path)} for the copy`);
  if (!existsSync(path)) return;
  if (realpathSync(path) === realpathSync(library)) {
    throw new SoferError("usage", `${path} is the library itself`, { hint: "name another file" });
  }
  if (!statSync(path).isFile()) throw new SoferError("usage", `${path} is not a file`, { hint: "name a file" });
  if (!isForced) throw new SoferError("usage", `${path} is there already`, { hint: "--force replaces it" });
}

function check(path: string): Pick<Backup, "books" | "texts"> {
  return withLibraryErrors(path, () => {
    const database = new Database(path, { readonly: true });
    try {
      formatOf(database, path);
      const found = database.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all();
      const [first] = found;
      if (found.length !== 1 || first?.integrity_check !== "ok") {
        throw new SoferError("library", `the copy is damaged, as the library may be: ${first?.integrity_check ?? ""}`, {
          hint: "nothing was put in place of an earlier copy",
        });
      }
      const count = (table: string) =>
        database.query<{ count: number }, []>(`SELECT count(*) AS count FROM ${table}`).get()?.count ?? 0;
      return { books: count("book"), texts: count("segment_text") };
    } finally {
      database.close();
    }
  });
}

/** Without this a power cut could leave the new name on an empty file. */
function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
