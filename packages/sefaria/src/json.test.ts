import { SoferError } from "@sofer/core";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { MAX_NESTING, parseJson } from "./json.ts";

const parse = (text: string) => parseJson(text, "the answer", { url: "http://host/" });

function refusal(text: string): SoferError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SoferError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const nested = (levels: number, open = "[", close = "]") => open.repeat(levels) + close.repeat(levels);

describe("what is nested without end", () => {
  test.each([
    ["lists", nested(100_000)],
    ["objects", nested(100_000, '{"a":', "}").replace('{"a":}', '{"a":1}')],
    ["lists beside what is right", `{"versions":[],"extra":${nested(100_000)}}`],
    ["one level too many", nested(MAX_NESTING + 1)],
  ])("%s: refused by name", (_what, text) => {
    expect(refusal(text)).toMatchObject({ code: "wire-shape", next: "never", url: "http://host/" });
  });

  test("what is nested as deep as anything real is passed on", () => {
    expect(() => parse(nested(MAX_NESTING))).not.toThrow();
  });
});

test("half a surrogate pair, in a text or in a key, is refused: UTF-8 has no form for it", () => {
  const broken = ['["\\ud800"]', '["a\\udc00b"]', '{"\\uD83D":1}', '{"a":{"b":["\\ude00\\ud83d"]}}'];
  for (const text of broken) expect(refusal(text).code).toBe("wire-shape");
  expect(parse('["\\ud83d\\ude00","\\\\ud800"]')).toEqual(["😀", "\\ud800"]);
});

test("what is no JSON is asked for again, with the reason", () => {
  for (const text of ["", "[1,", "{'a':1}", "[1]]", "\u0000"]) {
    expect(refusal(text)).toMatchObject({ code: "not-json", next: "retry", cause: expect.any(SyntaxError) });
  }
});

test("keys that JavaScript gives a meaning are data", () => {
  const value = parse('{"__proto__":{"error":"x"},"constructor":1,"a":2}') as object;
  expect(Object.keys(value)).toEqual(["__proto__", "constructor", "a"]);
  expect("error" in value).toBe(false);
});

test("any JSON value comes through unchanged", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(parse(text)).toEqual(JSON.parse(text));
    }),
    { numRuns: 200 },
  );
});
