import { expect, test } from "bun:test";
import type { LinkBatch } from "@sofer/core";
import { readLinksCsv } from "./links-csv.ts";

const HEADER = "Citation 1,Citation 2,Conection Type,Text 1,Text 2,Category 1,Category 2\n";

/** The text in pieces that cut through characters and quotes. */
async function* pieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

function read(text: string, keep: (refs: readonly [string, string]) => boolean = () => true): Promise<LinkBatch[]> {
  return Array.fromAsync(readLinksCsv(pieces(text), { name: "links0.csv", keep, batchRows: 2 }));
}

test("quoted commas, doubled quotes, blank types, Hebrew, CRLF, a mark at the beginning", async () => {
  const text =
    "\ufeff" +
    HEADER +
    '"Tanya, Part I; Likkutei Amarim 1:17",Genesis 2:17,,Tanya,Genesis,Chasidut,Tanakh\r\n' +
    '"BDB, ""שָׁפַט"" 1",Psalms 94:2,reference,BDB,Psalms,Reference,Tanakh\n' +
    "Rashi on  Genesis 1:1:1 ,Genesis 1:1,commentary,Rashi on Genesis,Genesis,Commentary,Tanakh\n";
  const batches = await read(text);
  expect(batches.map((batch) => batch.rows)).toEqual([
    [
      { refs: ["Tanya, Part I; Likkutei Amarim 1:17", "Genesis 2:17"], type: "" },
      { refs: ['BDB, "שָׁפַט" 1', "Psalms 94:2"], type: "reference" },
    ],
    [{ refs: ["Rashi on Genesis 1:1:1", "Genesis 1:1"], type: "commentary" }],
  ]);
  expect(batches.at(-1)).toMatchObject({ read: 3, invalid: 0, invalidRows: [] });
});

test("ragged rows and rows without a ref are invalid and shown; unwanted ones are read", async () => {
  const row = (a: string, b: string) => `${a},${b},x,,,,\n`;
  const text = HEADER + row("A 1", "B 1") + "A 1,B 1,x\n" + row(" ", "B 1") + row("C 1", "D 1");
  const last = (await read(text, (refs) => refs[0] !== "C 1")).at(-1);
  expect(last).toEqual({
    rows: [{ refs: ["A 1", "B 1"], type: "x" }],
    read: 4,
    invalid: 2,
    invalidRows: ["A 1,B 1,x", " ,B 1,x,,,,"],
  });
});

for (const [what, text, words] of [
  ["an open quote", `${HEADER}"A 1,B 1,x,,,,\nC 1,D 1,,,,,\n`, "a quote is not closed"],
  ["another table", "title,ref\nA,B\n", "its first line is"],
  ["nothing", "", "empty"],
] as const) {
  test(`${what} is refused by name`, async () => {
    const thrown: unknown = await read(text).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "wire-shape" });
    expect(String(thrown)).toContain(words);
  });
}

test("an error of the bytes is the error of the rows", async () => {
  const broken = async function* () {
    yield Buffer.from(`${HEADER}A 1,B 1,x,,,,\n`);
    await Promise.resolve();
    throw new Error("cut");
  };
  const reading = Array.fromAsync(readLinksCsv(broken(), { name: "x", keep: () => true }));
  expect(await reading.catch((error: unknown) => String(error))).toBe("Error: cut");
});
