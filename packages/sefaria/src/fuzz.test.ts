import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { retryAfterMs, SoferError } from "@sofer/core";
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
  const record = wire.map((schema) => ({ title: "Book", categories: [], schema }));

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

  test("anything for a schema, and anything for its counts", () => {
    fc.assert(
      fc.property(record, wire, (value, shapes) => {
        const outline = typedOnly(() => parseOutline(value));
        if (outline instanceof Error) return;
        expect(new Set(outline.tree.leaves.map(({ title }) => title)).size).toBe(outline.tree.leaves.length);
        typedOnly(() => withShapeAnswer(outline, shapes));
      }),
      fuzzing(400),
    );
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
});

describe("tables", () => {
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '"',
          '""',
          ",",
          "\n",
          "\r\n",
          "\r",
          "a",
          "Genesis 1:1",
          "\ufeff",
          "Citation 1,Citation 2,Conection Type\n",
        ),
        fc.string({ unit: "binary", maxLength: 4 }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(""));
  const read = (parts: readonly string[]) =>
    typedOnly(() => {
      const reader = new CsvReader();
      return [...parts.flatMap((part) => reader.push(part)), ...reader.end()];
    }, CsvError);

  test("wherever a table is cut on its way, it says the same, or that it is none", () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(120), { maxLength: 4 }), (whole, cuts) => {
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).toSorted((a, b) => a - b), whole.length];
        const parts = at.slice(1).map((end, index) => whole.slice(at[index], end));
        const [once, cut] = [read([whole]), read(parts)];
        if (once instanceof Error) expect(cut).toBeInstanceOf(CsvError);
        else expect(cut).toEqual(once);
      }),
      fuzzing(400),
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
