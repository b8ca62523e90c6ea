import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { comparePaths, RefIndex, type CitedBook, type Leaf, type Path } from "@sofer/core";
import { parseOutline, readLinksCsv } from "@sofer/sefaria";
import { migrateLibrary, openLibrary, openLibraryWriter } from "@sofer/store";
import { CORPUS, hasCorpus, tempDir } from "../support.ts";

/**
 * The real links against the outlines of the real books. What is expected is counted here from the file's own columns
 * and the publisher's own expansion of ranges, which our reader and parser never look at.
 */
const LINKS = join(CORPUS, "links", "links.csv.gz");
const ANSWERS = join(CORPUS, "links", "api-links.json.gz");
const isThere = hasCorpus && existsSync(LINKS) && existsSync(ANSWERS);

const unpack = (path: string) => Buffer.from(Bun.gunzipSync(readFileSync(path))).toString("utf8");

/** Fields of a line of which no field holds a line break; doubled quotes are the file's. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    (match) => match[1]?.replaceAll('""', '"') ?? match[2] ?? "",
  );
}

interface Record253 {
  readonly title: string;
  readonly titleVariants?: readonly string[];
}

function* bookRecords(): Generator<Record253> {
  const manifest = JSON.parse(readFileSync(join(CORPUS, "manifest.json"), "utf8")) as {
    readonly books: readonly { readonly title: string; readonly heTitle: string; readonly file: string }[];
  };
  for (const { title, heTitle, file } of manifest.books) {
    const text = unpack(join(CORPUS, file));
    const { index, schema, categories } = JSON.parse(text) as Record<string, object>;
    yield { ...index, title, heTitle, categories, schema } as unknown as Record253;
  }
}

describe.skipIf(!isThere)(isThere ? "real links" : "real links (not beside the project: skipped)", () => {
  const records = isThere ? [...bookRecords()] : [];
  const outlines = records.map((record) => parseOutline(record));

  test("every row is read, kept, stored and placed as the file's own columns say", async () => {
    const rows = unpack(LINKS)
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => fieldsOf(line.replace(/\r$/, "")));
    const titles = new Map(
      records.flatMap((record) =>
        (record.titleVariants ?? []).map((name) => [name.toLowerCase(), record.title] as const),
      ),
    );
    for (const { title } of records) titles.set(title.toLowerCase(), title);
    const titleOf = (name = "") => titles.get(name.toLowerCase());
    const wanted = rows.filter((row) => titleOf(row[3]) !== undefined || titleOf(row[4]) !== undefined);
    // A pair under the books' own titles, whichever way round.
    const own = (ref = "", title = "") => (titleOf(title) ?? title) + ref.slice(title.length);
    const pairs = new Map(
      wanted.map((row) => {
        const refs = [own(row[0], row[3]), own(row[1], row[4])].toSorted();
        const unknown = [row[3], row[4]].filter((title) => titleOf(title) === undefined);
        return [[...refs, row[2]].join("\t"), { type: row[2] ?? "", unknownSides: unknown.length }] as const;
      }),
    );

    using folder = tempDir();
    const path = folder.file("library.sqlite");
    migrateLibrary(path);
    const writer = openLibraryWriter(path);
    for (const [position, outline] of outlines.entries()) writer.saveOutline(outline, position, 1);
    const reader = openLibrary(path);
    const books = reader.citations();
    let unwanted = 0;
    const keep = (refs: readonly [string, string]) => {
      const isKept = refs.some((ref) => books.touches(ref));
      if (!isKept) unwanted++;
      return isKept;
    };
    const source = new Response(Bun.gunzipSync(readFileSync(LINKS))).body as unknown as AsyncIterable<Uint8Array>;
    const batches = await Array.fromAsync(readLinksCsv(source, { name: "links.csv", keep }));
    const { read = 0, invalid = 0 } = batches.at(-1) ?? {};
    writer.startLinks("links.csv", "1");
    for (const batch of batches) writer.addLinks("links.csv", batch.rows);
    writer.finishLinks("links.csv", { read, invalid, unwanted }, 1);
    writer.resolveLinks(1);
    const account = reader.linkAccount();
    reader.close();
    writer.close();

    expect({ read, invalid, unwanted }).toEqual({
      read: rows.length,
      invalid: 0,
      unwanted: rows.length - wanted.length,
    });
    expect(account.stored + account.duplicate).toBe(wanted.length);
    expect(account.stored).toBe(pairs.size);
    expect(account.resolved + account.dangling).toBe(account.stored);
    // A side dangles for want of a book exactly where its column names none of the library's.
    const expected = [...pairs.values()];
    expect(account.sides["unknown-book"]).toBe(expected.reduce((sum, { unknownSides }) => sum + unknownSides, 0));
    const types = Map.groupBy(expected, ({ type }) => type);
    expect(new Map(account.types.map((row) => [row.type, row.links]))).toEqual(
      new Map([...types].map(([type, members]) => [type, members.length])),
    );
    // What our parser cannot place in a book that is here: other versions of its tree, at most this share.
    expect(account.sides["unknown-place"]).toBeLessThan(0.02 * 2 * account.stored);
  });

  test("ranges cover what the publisher says they cover", () => {
    const index = new RefIndex(
      outlines.map((outline): CitedBook<{ leaf: Leaf }> => ({
        title: outline.tree.title,
        titleVariants: outline.titleVariants,
        leaves: outline.tree.leaves.map((leaf) => ({ leaf })),
        virtualNodes: outline.tree.virtualNodes,
        nodeTitles: outline.nodeTitles ?? {},
      })),
    );
    const answers = JSON.parse(unpack(ANSWERS)) as readonly {
      readonly anchorRef: string;
      readonly anchorRefExpanded: readonly string[];
    }[];
    let compared = 0;
    const wrong: string[] = [];
    for (const { anchorRef, anchorRefExpanded } of answers) {
      if (anchorRefExpanded.length < 2) continue;
      const range = index.find(anchorRef);
      if ("none" in range) continue;
      compared++;
      const within = (path: Path) => comparePaths(path, range.from) >= 0 && comparePaths(path, range.to) <= 0;
      const places = anchorRefExpanded.map((ref) => index.find(ref));
      const isRight = places.every((place) => !("none" in place) && place.at === range.at && within(place.from));
      const [first, last] = [places[0], places.at(-1)];
      const reaches =
        first !== undefined &&
        last !== undefined &&
        !("none" in first) &&
        !("none" in last) &&
        comparePaths(first.from, range.from) === 0 &&
        comparePaths(last.to, range.to) === 0;
      if (!isRight || !reaches) wrong.push(anchorRef);
    }
    // It begins beyond the end of its chapter; the publisher's list begins with the next.
    expect(wrong).toEqual(["Psalms 42:44-49:84"]);
    expect(compared).toBeGreaterThan(500);
  });
});
