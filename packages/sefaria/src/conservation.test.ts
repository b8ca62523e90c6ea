import { TallyCounter, type Tally } from "@sofer/core";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { tallyAnswer } from "./conservation.ts";

/** The naive way, on the parsed answer. */
function walk(value: unknown, counter: TallyCounter): void {
  if (typeof value === "string") counter.add(value);
  else if (typeof value === "object" && value !== null) for (const child of Object.values(value)) walk(child, counter);
}

function naive(answer: { versions: readonly unknown[] }): Tally[] {
  return answer.versions.map((version) => {
    const counter = new TallyCounter();
    if (typeof version === "object" && version !== null && !Array.isArray(version) && "text" in version) {
      walk(version.text, counter);
    }
    return counter.tally();
  });
}

const word = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom('"', "\\", '\\"', "\\\\", "text", "versions", " ", "א״ב", "{[", "]}", "\n"),
);
const key = fc.oneof(fc.constantFrom("text", "versions", 'a"b', "\\"), fc.string({ maxLength: 4 }));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    word,
    fc.constantFrom(null, 0, -1.5e3, true, false),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
  ),
}));
const answers = fc
  .tuple(
    fc.dictionary(key, tree, { maxKeys: 4 }),
    fc.array(tree, { maxLength: 4 }),
    fc.dictionary(key, tree, { maxKeys: 4 }),
  )
  .map(([before, versions, after]) => {
    const { versions: _before, ...head } = before;
    const { versions: _after, ...tail } = after;
    return { ...head, versions, ...tail };
  });

describe("tallyAnswer", () => {
  test("equals a walk of the parsed answer, whatever its form", () => {
    fc.assert(
      fc.property(answers, fc.constantFrom(0, 1, "\t"), (answer, indent) => {
        expect(tallyAnswer(JSON.stringify(answer, null, indent))).toEqual(naive(answer));
      }),
      { numRuns: 500 },
    );
  });

  test("reads literals as JSON does", () => {
    const counter = new TallyCounter();
    for (const text of ["א", "\u2028/", "😀", 'say "x"', "\\"]) counter.add(text);
    const body = String.raw`{"versions":[{"te\u0078t":[["\u05d0"],"\u2028\/","\ud83d\ude00"],"n":"no","text":["say \"x\"","\\"]}]}`;
    expect(tallyAnswer(body)).toEqual([counter.tally()]);
  });

  test("counts nothing outside the versions of the answer itself", () => {
    const body = `{"book":{"versions":[{"text":["no"]}]},"available_versions":[{"text":"no"}],"text":["no"],"versions":[]}`;
    expect(tallyAnswer(body)).toEqual([]);
    expect(tallyAnswer(`[{"versions":[{"text":["no"]}]}]`)).toEqual([]);
    expect(tallyAnswer("")).toEqual([]);
  });
});
