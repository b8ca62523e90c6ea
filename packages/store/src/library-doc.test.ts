import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { addBook, leafOfTitle, smallLibrary, versionOf } from "./testing/small-library.ts";

const page = readFileSync(join(import.meta.dir, "../../../docs/library.md"), "utf8");
const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

test("docs/library.md: its ten queries run in plain SQLite, and each finds what it says", () => {
  using library = smallLibrary();
  const { writer } = library;
  addBook(writer, leafOfTitle("Genesis"), [
    { meta: versionOf("he", "Pointed"), text: [["בְּרֵאשִׁית בָּרָא", "והארץ", " "], ["ויכלו"]] },
    { meta: versionOf("en", "Plain", { license: "CC-BY" }), text: [["In the beginning", "And the earth"]] },
  ]);
  writer.buildIndex();
  writer.startLinks("links0.csv", "1");
  writer.addLinks("links0.csv", [{ refs: ["Rashi on Genesis 1:1:1", "Genesis 1:1"], type: "commentary" }]);

  using database = new Database(library.path, { readonly: true });
  const results = queries.map((query) => database.query(query).values());
  expect(results).toEqual([
    [
      ["Genesis", "en", "Plain", "CC-BY", 2],
      ["Genesis", "he", "Pointed", "Public Domain", 3],
    ],
    [["Genesis", "ספר Genesis", '["Tanakh","Torah"]']],
    [
      ["Genesis 1:1", "בְּרֵאשִׁית בָּרָא", "In the beginning"],
      ["Genesis 1:2", "והארץ", "And the earth"],
    ],
    [["Genesis 1:1", "Pointed", "בְּרֵאשִׁית בָּרָא"]],
    [
      ["en", "Plain", "In the beginning"],
      ["he", "Pointed", "בְּרֵאשִׁית בָּרָא"],
    ],
    [["Genesis 2:1"]],
    [
      ["Public Domain", 3, 28],
      ["CC-BY", 2, 29],
    ],
    [["Genesis", "Pointed", "blank", "[0,2]"]],
    [
      [expect.any(String), "en", "Genesis 1:1", "Genesis 1:2", 7],
      [expect.any(String), "he", "Genesis 1:1", "Genesis 1:2", 4],
      [expect.any(String), "he", "Genesis 2:1", "Genesis 2:1", 1],
    ],
    [["Rashi on Genesis 1:1:1", "commentary"]],
  ]);
});

test("every table and view the page names is in the file, and the other way round", () => {
  using library = smallLibrary();
  using database = new Database(library.path, { readonly: true });
  const names = database
    .query<{ name: string }, []>(
      `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
       AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'full\\_text\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'`,
    )
    .all()
    .map((row) => row.name);
  const cells = [...page.matchAll(/^\| ((?:`[a-z_]+`(?:, )?)+) \|/gm)].flatMap((match) => [
    ...(match[1] ?? "").matchAll(/`([a-z_]+)`/g),
  ]);
  expect(new Set(cells.map((cell) => cell[1] ?? ""))).toEqual(new Set(names));
});
