import { expect, test } from "bun:test";
import { readQrels } from "./qrels.ts";

test("a line with what is needed, and one with everything; blank lines are passed over", () => {
  const text = [
    '{"id":"a","query":"words","expected":["Genesis 1:1"]}',
    "",
    '{"id":"b","query":"שמע","expected":["Exodus 1"],"best":"Exodus 2","lang":"he","kind":"phrase","category":"Tanakh","exclude":["Rashi on Exodus 1:1:1"],"note":"n"}',
  ].join("\n");
  expect(readQrels(text, "some.jsonl")).toEqual([
    {
      id: "a",
      query: "words",
      expected: ["Genesis 1:1"],
      best: null,
      language: null,
      kind: "",
      category: "",
      exclude: [],
    },
    {
      id: "b",
      query: "שמע",
      expected: ["Exodus 2", "Exodus 1"],
      best: "Exodus 2",
      language: "he",
      kind: "phrase",
      category: "Tanakh",
      exclude: ["Rashi on Exodus 1:1:1"],
    },
  ]);
});

test.each([
  ["{", "line 1: this is not JSON"],
  ["[]", "line 1: this is no object"],
  ['{"query":"a","expected":["b"]}', '"id" is no text'],
  ['{"id":"a","query":" ","expected":["b"]}', '"query" is no text'],
  ['{"id":"a","query":"a","expected":[]}', '"expected" names no place'],
  ['{"id":"a","query":"a","expected":"b"}', '"expected" is no list'],
  ['{"id":"a","query":"a","expected":["b"],"lang":"fr"}', '"lang" is neither'],
  ['{"id":"a","query":"a","expected":["b"]}\n{"id":"a","query":"a","expected":["b"]}', "line 2: the id"],
  ["\n", "no question in it"],
])("%s", (text, said) => {
  expect(() => readQrels(text, "some.jsonl")).toThrow(expect.objectContaining({ code: "usage" }) as Error);
  expect(() => readQrels(text, "some.jsonl")).toThrow(said);
});
