import { expect, test } from "bun:test";
import type { Receipt } from "@sofer/engine";
import { renderReceipt } from "./receipt.ts";

const none = { versions: 0, texts: 0 };
const RECEIPT: Receipt = {
  outcome: "whole",
  source: "service",
  dropped: [],
  beyond: [],
  changes: { added: 1_990, changed: 0, moved: 0, removed: 0, unchanged: 0 },
  books: 1,
  leaves: 1,
  requests: 3,
  bytes: 1_200_000,
  seconds: 61,
  versions: 2,
  expected: 1_010,
  stored: 1_000,
  blank: 4,
  uncovered: 3,
  excludedSlots: 2,
  failedSlots: 1,
  texts: { places: 2_000, stored: 1_990, blank: 6, notText: 3, irregular: 5, excluded: 1 },
  excludedVersions: { language: none, licence: { versions: 2, texts: 50 }, version: none, "not-best": none },
  excludedByLicence: [
    { title: "Ruth", language: "en", versionTitle: "New", license: "Copyright: A Publisher", texts: 50 },
    { title: "Ruth", language: "he", versionTitle: "Old", license: "", texts: 0 },
  ],
  chunks: 12,
  tokens: 34_567,
  spent: { paceMs: 185_000, networkMs: 42_000, parseMs: 1_200, chunkMs: 3_400, writeMs: 500 },
  paces: [{ host: "example.org", usedPerSecond: 4.87, allowedPerSecond: 5 }],
  failures: [],
  refusedBooks: ["Lexicon"],
  perCategory: [],
};

test("every class is named, and the sum is shown to be right", () => {
  const text = renderReceipt(RECEIPT);
  expect(text).toStartWith("done and whole · 1m 01s");
  expect(text).toContain("1,010 expected = 1,000 stored + 4 blank + 3 uncovered + 2 excluded + 1 failed");
  expect(text).toContain("2,000 places: 1,990 stored (5 irregular), 6 blank, 3 not text, 1 excluded");
  expect(text).toContain("refused   dictionaries, which hold no stored text: Lexicon");
  expect(text).toContain("licence 2 versions with 50 texts");
  expect(text).toContain("Ruth en|New: Copyright: A Publisher");
  expect(text).toContain("Ruth he|Old: no licence stated");
});

test("a sum that is wrong is not hidden", () => {
  expect(renderReceipt({ ...RECEIPT, stored: 999 })).toContain("1,010 expected ≠ 999 stored");
});

test("a run cut short did not fail at what it never asked for", () => {
  expect(renderReceipt({ ...RECEIPT, outcome: "interrupted" })).toContain("1 not here yet");
});

test("long lists of failures are cut, and say where the rest is", () => {
  const failure = {
    title: "Ruth",
    place: "Ruth 1",
    unitId: "u",
    code: "timeout",
    message: "too slow",
    hint: "",
    causes: [],
    url: null,
    attempts: 1,
    firstAt: 0,
    lastAt: 0,
  };
  const text = renderReceipt({ ...RECEIPT, outcome: "failures", failures: Array.from({ length: 15 }, () => failure) });
  expect(text.split("\n").filter((line) => line.includes("Ruth 1: timeout: too slow"))).toHaveLength(10);
  expect(text).not.toContain("Ruth Ruth");
  expect(text).toContain("15 failures:");
  const one = renderReceipt({ ...RECEIPT, outcome: "failures", requests: 1, failures: [failure] });
  expect(one).toContain("\n1 failure:\n");
  expect(one).toContain("books     1 with 1 leaf, 2 versions");
  expect(one).toContain("source    1 request,");
  expect(text).toContain("and 5 more: sofer status --failures");
});

test("chunks with their tokens, the rate used of the rate allowed, and where the time went", () => {
  const text = renderReceipt(RECEIPT);
  expect(text).toContain("12 chunks of 34,567 tokens");
  expect(text).toContain("\npace      4.9 requests/s of 5 allowed\n");
  expect(text).toContain(
    "\ntime      3m 05s waiting for the pace, 42s network, 1.2s parsing, 3.4s chunks, 0.5s writing (added up over requests and processes)\n",
  );
  const [pace] = RECEIPT.paces;
  if (pace === undefined) throw new Error("the receipt has a pace");
  const other = { ...pace, host: "other.org", allowedPerSecond: 0 };
  expect(renderReceipt({ ...RECEIPT, paces: [pace, other] })).toContain("4.9 requests/s, no pace (other.org)");
  expect(renderReceipt({ ...RECEIPT, paces: [{ ...pace, usedPerSecond: null }] })).not.toContain("\npace ");
});
