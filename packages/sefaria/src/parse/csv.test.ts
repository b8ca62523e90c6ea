import { parse } from "csv-parse/sync";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { CsvReader } from "./csv.ts";

/** Fed with pieces of the given length. */
function read(text: string, size = text.length + 1): string[][] {
  const reader = new CsvReader();
  const records: string[][] = [];
  for (let at = 0; at < text.length; at += size) records.push(...reader.push(text.slice(at, at + size)));
  return [...records, ...reader.end()];
}

function oracle(text: string, newline: string): string[][] {
  return parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true, record_delimiter: newline });
}

/** null: refused. */
function attempt(run: () => string[][]): string[][] | null {
  try {
    return run();
  } catch {
    // Which error it is differs by reader; that it is one does not.
    return null;
  }
}

const field = fc.string({ unit: fc.constantFrom("a", "א", " ", ",", '"', "\n", "\r\n", "0", "'"), maxLength: 6 });
const newlines = fc.constantFrom("\n", "\r\n");
const sizes = fc.constantFrom(1, 2, 3, 7, 1000);

function written(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

describe("the strict reader", () => {
  test("gives back what was written, in whatever pieces it comes", () => {
    const tables = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(tables, newlines, sizes, fc.boolean(), (table, newline, size, endsOpen) => {
        const lines = table.map((record) => record.map(written).join(","));
        const text = lines.join(newline) + (endsOpen || table.length === 0 ? "" : newline);
        expect(read(text, size)).toEqual(table);
      }),
      { numRuns: 500 },
    );
  });

  test("agrees with csv-parse on any text, on what is wrong too", () => {
    const unit = fc.constantFrom("a", "א", ",", '"', '""', '",', ',"', "\n", "b,c");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 14 }), sizes, (text, size) => {
        expect(attempt(() => read(text, size))).toEqual(attempt(() => oracle(text, "\n")));
      }),
      { numRuns: 2000 },
    );
  });

  test("says where a table is wrong", () => {
    const cases = [
      ['a,b\nc,"d\ne\n', "a quote is not closed (line 2)"],
      ['a,b\n"c\nd",e\nf,"g"h\n', "text after a closing quote (line 4)"],
      ['a,b\n\nc,d"e\n', "a quote in the middle of a field (line 3)"],
      [`a,"${"b".repeat(1_000_001)}`, "a quote is not closed, or a record never ends (line 1)"],
    ] as const;
    for (const [text, words] of cases) expect(() => read(text)).toThrow(words);
  });

  test("a mark at the beginning is no part of the first field", () => {
    expect(read("\ufeffa,b\n\ufeffc,d", 1)).toEqual([
      ["a", "b"],
      ["\ufeffc", "d"],
    ]);
  });
});
