import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { formatRef, retryAfterMs, SoferError } from "@sofer/core";
import { fuzzing, typedOnly, typedOnlyAsync } from "@sofer/core/testing";
import * as fc from "fast-check";
import { checksumsOf } from "./bucket/checksum.ts";
import { groupByBook, matchFolders } from "./bucket/names.ts";
import { BucketUrls, nameInUrl } from "./bucket/urls.ts";
import { tallyVersionFile } from "./conservation-file.ts";
import { tallyAnswer } from "./conservation.ts";
import { rateLimitOf } from "./http/rate-limit-headers.ts";
import { parseJson } from "./json.ts";
import { parseContents } from "./parse/contents.ts";
import { CsvError, CsvReader } from "./parse/csv.ts";
import { readLinksCsv } from "./parse/links-csv.ts";
import { parseOutline, withShapeAnswer } from "./parse/outline.ts";
import { parseSchema } from "./parse/schema.ts";
import { parseVersionMeta } from "./parse/version-meta.ts";
import { ServiceUrls } from "./url.ts";
import { checkBooksIndex } from "./wire/books-index.ts";
import { checkListingPage } from "./wire/listing.ts";
import { checkTextsAnswer } from "./wire/texts.ts";

setDefaultTimeout(900_000);

/** Objects with the publisher's names of fields and anything for values. */
const NAMES = [
  "title",
  "heTitle",
  "titles",
  "nodes",
  "schema",
  "depth",
  "addressTypes",
  "sectionNames",
  "content_counts",
  "index_offsets_by_depth",
  "default",
  "nodeType",
  "categories",
  "contents",
  "category",
  "versions",
  "text",
  "language",
  "versionTitle",
  "priority",
  "items",
  "name",
  "size",
  "generation",
  "nextPageToken",
  "books",
  "json_url",
  "chapters",
  "isComplex",
  "ref",
  "sections",
  "toSections",
  "__proto__",
  "constructor",
  "",
];
const VALUES = [
  "",
  "Book",
  "he",
  "en",
  "Integer",
  "Talmud",
  "Dictionary",
  "1",
  "99999999999999999999",
  "text",
  "\u0000",
  "..",
  "a/b",
  null,
  0,
  1,
  2,
  -1,
  1e308,
  50,
  true,
  false,
] as const;
const wire = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    {
      weight: 3,
      arbitrary: fc.oneof(fc.constantFrom<unknown>(...VALUES), fc.string({ unit: "binary", maxLength: 8 })),
    },
    { weight: 3, arbitrary: fc.array(tie("any"), { maxLength: 4 }) },
    { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), tie("any"), { maxKeys: 8 }) },
  ),
})).any;

describe("wire schemas", () => {
  test("anything for an answer: parsed, or refused by name", () => {
    fc.assert(
      fc.property(wire, (value) => {
        for (const parse of [
          parseContents,
          parseOutline,
          parseVersionMeta,
          checkListingPage,
          checkBooksIndex,
          checkTextsAnswer,
        ]) {
          typedOnly(() => parse(value));
        }
        typedOnly(() => parseSchema("Book", "ספר", value));
      }),
      fuzzing(400),
    );
  });

  /** Right most of the time: a record that is wrong everywhere is refused at its first field. */
  const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 30, arbitrary: right }, { weight: 1, arbitrary: wire });
  const title = mostly(fc.constantFrom("A", "B", "Part One", "constructor", "__proto__", "א", "A, B"));
  const leaf = (counts: fc.Arbitrary<unknown>) =>
    fc.record(
      {
        title,
        depth: mostly(fc.integer({ min: 1, max: 4 })),
        addressTypes: mostly(
          fc.array(fc.constantFrom("Integer", "Talmud", "Perek", "Folio", "Year"), { maxLength: 4 }),
        ),
        content_counts: mostly(counts),
        index_offsets_by_depth: mostly(
          fc.dictionary(fc.constantFrom("1", "2"), fc.oneof(fc.integer(), fc.array(fc.nat(9)))),
        ),
        default: fc.boolean(),
      },
      { requiredKeys: ["title", "depth"] },
    );
  const counts = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof({ maxDepth: 3 }, fc.integer({ min: -2, max: 40 }), fc.array(tie("any"), { maxLength: 4 })),
  })).any;
  const schema = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, leaf(counts), fc.record({ title, nodes: fc.array(tie("node"), { maxLength: 4 }) })),
  })).node;

  test("records that are nearly right: parsed to leaves that can all be told apart, or refused by name", () => {
    let parsed = 0;
    fc.assert(
      fc.property(schema, counts, (tree, chapters) => {
        const outline = typedOnly(() => parseOutline({ title: "Book", categories: [], schema: tree }));
        if (outline instanceof Error) return;
        parsed++;
        const { leaves } = outline.tree;
        expect(new Set(leaves.map((one) => one.title)).size).toBe(leaves.length);
        for (const one of leaves) {
          expect(one.addressTypes).toHaveLength(one.depth);
          // The first place of every leaf can be written.
          expect(
            formatRef(
              one,
              Array.from({ length: one.depth }, () => 0),
            ),
          ).toStartWith("Book");
        }
        typedOnly(() => withShapeAnswer(outline, [{ title: leaves[0]?.title ?? "", chapters }]));
      }),
      fuzzing(400),
    );
    expect(parsed).toBeGreaterThan(10);
  });
});

describe("raw JSON", () => {
  const bytes = fc.array(
    fc.oneof(
      fc.constantFrom(
        '{"versions":[',
        '{"text":',
        '"a"',
        '"\\ud800"',
        '"\\\\"',
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        '"',
        "\\",
        "1",
        "null",
        '"text"',
        '"versions"',
      ),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 40 },
  );

  test("is parsed or refused; the counters that do not parse never fail on what is JSON", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          bytes.map((parts) => parts.join("")),
          wire.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          const value = typedOnly(() => parseJson(text, "it", {}));
          if (value instanceof Error) return;
          tallyAnswer(text);
          tallyVersionFile(text);
        },
      ),
      fuzzing(400),
    );
  });

  test("the counters that do not parse count what is there", () => {
    const stringsIn = (value: unknown): number => {
      if (typeof value === "string") return value.trim() === "" ? 0 : 1;
      if (typeof value !== "object" || value === null) return 0;
      return Object.values(value).reduce((sum: number, item) => sum + stringsIn(item), 0);
    };
    const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    fc.assert(
      fc.property(wire, fc.array(wire, { maxLength: 3 }), wire, (other, texts, text) => {
        const file = JSON.stringify({ other, text, title: "text" });
        expect(tallyVersionFile(file).whole.count).toBe(stringsIn(sent(text)));
        const answer = JSON.stringify({ other, versions: texts.map((one) => ({ other, text: one, title: "x" })) });
        expect(tallyAnswer(answer).map(({ count }) => count)).toEqual(texts.map((one) => stringsIn(sent(one))));
      }),
      fuzzing(400),
    );
  });
});

describe("tables", () => {
  const inside = fc.oneof(
    fc.constantFrom('"', '""', ",", "\n", "\r\n", "\r", " ", "a", "Genesis 1:1"),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  const content = fc.array(inside, { maxLength: 5 }).map((parts) => parts.join(""));
  const field = fc.oneof(
    { weight: 4, arbitrary: content.map((text) => `"${text.replaceAll('"', '""')}"`) },
    { weight: 4, arbitrary: content.map((text) => text.replaceAll(/[",\r\n]/g, "")) },
    { weight: 1, arbitrary: content },
  );
  const end = fc.constantFrom("\n", "\r\n", "\n\n");
  const text = fc
    .array(fc.tuple(fc.array(field, { minLength: 1, maxLength: 4 }), end), { maxLength: 4 })
    .map((rows) => rows.map(([fields, line]) => fields.join(",") + line).join(""));
  const read = (parts: readonly string[]) =>
    typedOnly(() => {
      const reader = new CsvReader();
      return [...parts.flatMap((part) => reader.push(part)), ...reader.end()];
    }, CsvError);

  test("wherever a table is cut on its way, it says the same, or that it is none", () => {
    let tables = 0;
    fc.assert(
      fc.property(text, (whole) => {
        const once = read([whole]);
        if (!(once instanceof Error)) tables++;
        for (let at = 0; at <= whole.length; at++) {
          const cut = read([whole.slice(0, at), whole.slice(at)]);
          if (once instanceof Error) expect(cut).toBeInstanceOf(CsvError);
          else expect(cut).toEqual(once);
        }
        if (!(once instanceof Error)) expect(read([...whole])).toEqual(once);
      }),
      fuzzing(200),
    );
    expect(tables).toBeGreaterThan(10);
  });

  test("fields that are written by the rules are read as they were", () => {
    fc.assert(
      fc.property(fc.array(fc.array(content, { minLength: 2, maxLength: 4 }), { maxLength: 4 }), (rows) => {
        const written = rows.map((row) => `${row.map((one) => `"${one.replaceAll('"', '""')}"`).join(",")}\n`);
        expect(read([written.join("")])).toEqual(rows);
      }),
      fuzzing(200),
    );
  });

  test("links: every row is kept, unwanted or invalid", async () => {
    const header = "Citation 1,Citation 2,Conection Type\n";
    await fc.assert(
      fc.asyncProperty(text, async (rows) => {
        async function* bytes() {
          await Promise.resolve();
          yield Buffer.from(header + rows);
        }
        const batches = await typedOnlyAsync(() =>
          Array.fromAsync(readLinksCsv(bytes(), { name: "links", keep: () => true })),
        );
        if (batches instanceof Error) return;
        const kept = batches.reduce((sum, batch) => sum + batch.rows.length, 0);
        expect(kept + (batches.at(-1)?.invalid ?? 0)).toBe(batches.at(-1)?.read ?? -1);
      }),
      fuzzing(200),
    );
  });
});

describe("headers", () => {
  const part = fc.constantFrom(
    "limit",
    "remaining",
    "reset",
    "r",
    "t",
    "q",
    "w",
    "=",
    ";",
    ",",
    " ",
    '"default"',
    "10",
    "0",
    "-1",
    "1e9",
    "99999999999999999999",
    ".",
    "Mon",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "1.5",
  );
  const field = fc.oneof(
    fc.array(part, { maxLength: 10 }).map((parts) => parts.join("")),
    fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
  );

  test("rate limits and Retry-After: numbers that can be waited for, or nothing", () => {
    const isWait = (value: number | null) => value === null || (value >= 0 && !Number.isNaN(value));
    fc.assert(
      fc.property(
        fc.array(field, { minLength: 6, maxLength: 6 }),
        ([a = "", b = "", c = "", d = "", e = "", f = ""]) => {
          const headers = new Headers({
            ratelimit: a,
            "ratelimit-policy": b,
            "x-ratelimit-limit": c,
            "ratelimit-remaining": d,
            "x-ratelimit-reset": e,
            "x-goog-hash": f,
          });
          const limit = rateLimitOf(headers, 1e12);
          if (limit !== null) expect([limit.ratePerSecond, limit.remaining, limit.resetMs].every(isWait)).toBe(true);
          expect(isWait(retryAfterMs(a, 1e12))).toBe(true);
          checksumsOf(headers);
        },
      ),
      fuzzing(500),
    );
  });
});

describe("names and addresses", () => {
  const name = fc
    .array(
      fc.oneof(
        fc.constantFrom("json", "Hebrew", "English", "/", "..", ".", "a", ".json", "%2e", "?", "#", "\\", " "),
        fc.string({ unit: "grapheme", maxLength: 4 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(""));

  test("no name leaves its host and its folder", () => {
    const bucket = new BucketUrls("http://host");
    const service = new ServiceUrls("http://host");
    fc.assert(
      fc.property(name, (text) => {
        const object = { name: text, size: 1, md5: null, crc32c: null, generation: "", updated: "" };
        const url = typedOnly(() => bucket.object(object).url, URIError);
        if (typeof url === "string") expect(new URL(url).href).toStartWith("http://host/sefaria-export/");
        const index = typedOnly(() => service.index(text), URIError);
        if (typeof index === "string") expect(new URL(index).pathname).toMatch(/^\/api\/v2\/index\/[^/]*$/);
        nameInUrl(`http://host/sefaria-export/${text}`);
        const folders = groupByBook([object], "");
        matchFolders(folders.keys(), [{ title: text, categories: ["json"] }]);
      }),
      fuzzing(400),
    );
  });
});

test("an error that is ours is never taken for an answer", () => {
  expect(() =>
    typedOnly(() => {
      throw new SoferError("internal", "x");
    }),
  ).toThrow("x");
  expect(() =>
    typedOnly(() => {
      throw new TypeError("x");
    }),
  ).toThrow("x");
});
