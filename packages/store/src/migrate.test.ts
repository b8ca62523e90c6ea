import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { cpSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SoferError } from "@sofer/core";
import { FORMAT } from "./format.ts";
import { migrateLibrary } from "./migrate.ts";
import { openLibrary } from "./reader.ts";
import { olderLibrary } from "./testing/older-library.ts";
import { addBook, leafOfTitle, smallLibrary, temporaryFolder, versionOf } from "./testing/small-library.ts";
import { openLibraryWriter } from "./writer.ts";

function errorOf(work: () => unknown): SoferError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof SoferError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

test("a new library gets its folder, tables and format; a second call changes nothing", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a", "b", "library.sqlite");
  expect(migrateLibrary(path)).toEqual({ from: 0, to: FORMAT, backup: null });
  expect(migrateLibrary(path)).toEqual({ from: FORMAT, to: FORMAT, backup: null });
  const library = openLibrary(path);
  expect(library.meta("format")).toBe(String(FORMAT));
  expect(library.counts()).toEqual({ books: 0, versions: 0, segments: 0, texts: 0, chunks: 0, indexed: 0 });
  library.close();
});

test("an older library is upgraded after a copy is kept beside it", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "library.sqlite");
  olderLibrary(folder.path, path, 1);
  expect(errorOf(() => openLibrary(path)).code).toBe("library");
  expect(migrateLibrary(path)).toEqual({ from: 1, to: FORMAT, backup: `${path}.bak-1` });
  const library = openLibrary(path);
  expect(library.meta("kept 0")).toHaveLength(1_000);
  library.close();
  using copy = new Database(`${path}.bak-1`, { readonly: true });
  expect(copy.query("SELECT key FROM meta").values()).toEqual([["kept 0"]]);
  expect(copy.query("SELECT name FROM sqlite_schema WHERE name = 'pairs'").get()).toBeNull();
});

test("a newer library is refused by all who open it", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "library.sqlite");
  migrateLibrary(path);
  using database = new Database(path);
  database.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 9999999999999)");
  for (const open of [migrateLibrary, openLibrary, openLibraryWriter]) {
    const error = errorOf(() => open(path));
    expect([error.code, error.exitCode]).toEqual(["newer", 4]);
  }
});

test("what is not a library is refused in one line, and left as it was", () => {
  using folder = temporaryFolder();
  const text = join(folder.path, "text");
  writeFileSync(text, "not a database at all, but long enough to have a header of a hundred bytes; ".repeat(20));
  const foreign = join(folder.path, "foreign.sqlite");
  using other = new Database(foreign, { create: true });
  other.run("CREATE TABLE mine (a)");
  const before = readFileSync(text, "utf8");
  for (const path of [text, foreign]) {
    for (const open of [migrateLibrary, openLibrary, openLibraryWriter]) {
      const error = errorOf(() => open(path));
      expect([error.code, error.message.split("\n").length]).toEqual(["library", 1]);
      expect(error.hint).not.toBe("");
    }
  }
  expect(readFileSync(text, "utf8")).toBe(before);
  const missing = join(folder.path, "missing.sqlite");
  expect(errorOf(() => openLibrary(missing)).code).toBe("library");
  expect(existsSync(missing)).toBe(false);
  expect(errorOf(() => migrateLibrary(join(text, "library.sqlite"))).code).toBe("library");
});

test("a damaged library is named as such", () => {
  using folder = temporaryFolder();
  let damaged = "";
  {
    using library = smallLibrary();
    const verses = Array.from({ length: 400 }, (_, index) => `verse number ${index} `.repeat(20));
    addBook(library.writer, leafOfTitle("Aleph"), [{ meta: versionOf("en", "V"), text: [verses] }]);
    library.writer.checkpoint();
    damaged = join(folder.path, "damaged.sqlite");
    cpSync(library.path, damaged);
  }
  truncateSync(damaged, 16 * 4096);
  const error = errorOf(() => {
    const library = openLibrary(damaged);
    try {
      return [...library.segments()];
    } finally {
      library.close();
    }
  });
  expect(error.code).toBe("library");
  expect(error.message).toContain("damaged");
});

test("a file that a killed run had only begun to make is made; a library that is damaged is not taken for one", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "library.sqlite");
  {
    using begun = new Database(path, { create: true });
    begun.run("CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)");
  }
  expect(migrateLibrary(path)).toEqual({ from: 0, to: FORMAT, backup: null });
  const robbed = join(folder.path, "robbed.sqlite");
  {
    using database = new Database(robbed, { create: true });
    database.run("CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)");
    database.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 1)");
  }
  expect(errorOf(() => migrateLibrary(robbed)).code).toBe("library");
});
