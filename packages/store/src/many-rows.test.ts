import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { ManyRows } from "./many-rows.ts";

function table(): Database {
  const database = new Database(":memory:");
  database.run("CREATE TABLE pair (a INTEGER PRIMARY KEY, b INTEGER NOT NULL)");
  return database;
}

test("as many rows as were given are there, in their columns, whatever their number", () => {
  for (const count of [0, 1, 31, 32, 33, 64, 1_000]) {
    using database = table();
    const rows = new ManyRows(database, "pair (b, a)", 2);
    for (let n = 0; n < count; n++) rows.add(n + 7, n);
    rows.end();
    const stored = database.query("SELECT a, b FROM pair ORDER BY a").values();
    expect(stored).toEqual(Array.from({ length: count }, (_, n) => [n, n + 7]));
  }
});

test("a row that the table refuses is an error, and the transaction takes all of them back", () => {
  for (const wrong of [0, 31, 40]) {
    using database = table();
    const write = database.transaction(() => {
      const rows = new ManyRows(database, "pair (a, b)", 2);
      for (let n = 0; n < 70; n++) rows.add(n === wrong ? 69 : n, n);
      rows.end();
    });
    expect(() => write.immediate()).toThrow("UNIQUE");
    expect(database.query("SELECT count(*) FROM pair").values()).toEqual([[0]]);
  }
});
