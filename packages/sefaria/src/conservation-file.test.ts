import { TallyCounter, type Tally } from "@sofer/core";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { keyPath, sumOf, tallyVersionFile } from "./conservation-file.ts";

/** The naive way, on the parsed file. */
function naive(file: Record<string, unknown>): Record<string, Tally> {
  const counters = new Map<string, TallyCounter>();
  const walk = (value: unknown, keys: readonly string[]): void => {
    if (typeof value === "string") {
      const counter = counters.get(keyPath(keys)) ?? new TallyCounter();
      counters.set(keyPath(keys), counter);
      counter.add(value);
    } else if (Array.isArray(value)) for (const child of value) walk(child, keys);
    else if (typeof value === "object" && value !== null) {
      for (const [key, child] of Object.entries(value)) walk(child, [...keys, key]);
    }
  };
  walk(file["text"], []);
  return Object.fromEntries([...counters].map(([path, counter]) => [path, counter.tally()]));
}

const word = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom('"', "\\", '\\"', "\\\\", "text", " ", "א״ב", "{[", "]}", "\n", ","),
);
const key = fc.oneof(fc.constantFrom("text", "", 'a"b', "\\", "A, B"), fc.string({ maxLength: 4 }));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    word,
    fc.constantFrom(null, 0, -1.5e3, true, false),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
  ),
}));

describe("tallyVersionFile", () => {
  test("equals a walk of the parsed file, whatever its form", () => {
    const files = fc.tuple(fc.dictionary(key, tree, { maxKeys: 3 }), tree, fc.dictionary(key, tree, { maxKeys: 3 }));
    fc.assert(
      fc.property(files, fc.constantFrom(0, 4, "\t"), ([before, text, after], indent) => {
        const { text: _before, ...head } = before;
        const { text: _after, ...tail } = after;
        const file = { ...head, text, ...tail };
        const { nodes, whole } = tallyVersionFile(JSON.stringify(file, null, indent));
        expect(Object.fromEntries(nodes)).toEqual(naive(file));
        expect(sumOf(nodes.values())).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  test("counts nothing outside the file's own text", () => {
    for (const body of ['{"schema":{"text":["no"]},"title":"text"}', '[{"text":["no"]}]', "", '"text"']) {
      expect(tallyVersionFile(body).whole.count).toBe(0);
    }
  });

  test("a key that is written in another way is the same key", () => {
    const { nodes } = tallyVersionFile(String.raw`{"te\u0078t":{"\u0041":["x"]}}`);
    expect([...nodes.keys()]).toEqual(['["A"]']);
  });

  test("a key that stands twice counts twice, so that the parser's loss is seen", () => {
    expect(tallyVersionFile('{"text":{"A":["x"],"A":["y"]}}').whole.count).toBe(2);
  });
});
