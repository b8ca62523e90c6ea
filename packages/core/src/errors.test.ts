import { describe, expect, test } from "bun:test";
import { ExitCode, fromPlainError, SoferError, toPlainError } from "./errors.ts";
import { WAYS_OUT } from "./ways-out.ts";

describe("SoferError", () => {
  test("its code says what happens next and how the process ends", () => {
    const table = [
      ["network", "retry", ExitCode.source],
      ["tls", "never", ExitCode.source],
      ["throttled", "later", ExitCode.source],
      ["too-large", "split", ExitCode.failures],
      ["wrong-ref", "never", ExitCode.failures],
      ["usage", "stop", ExitCode.usage],
      ["over-budget", "stop", ExitCode.usage],
      ["unreachable", "stop", ExitCode.source],
      ["locked", "stop", ExitCode.library],
      ["interrupted", "stop", ExitCode.interrupted],
    ] as const;
    for (const [code, next, exitCode] of table) {
      expect(new SoferError(code, "what happened")).toMatchObject({ code, next, exitCode });
    }
  });

  test("crosses processes as plain data and comes back whole", () => {
    const error = new SoferError("throttled", "the host asked for a pause", {
      hint: "wait",
      url: "https://example.org/api",
      status: 429,
      retryAfterMs: 1500,
      cause: new Error("outer", { cause: new Error("inner") }),
    });
    const plain = toPlainError(error);
    expect(plain.causes).toEqual(["outer", "inner"]);
    const back = fromPlainError(JSON.parse(JSON.stringify(plain)));
    expect(toPlainError(back)).toEqual(plain);
    expect(back).toBeInstanceOf(SoferError);
  });

  test("without fields too", () => {
    const plain = toPlainError(new SoferError("disk", "the disk is full", { hint: "" }));
    expect(plain).toEqual({
      code: "disk",
      next: "stop",
      message: "the disk is full",
      hint: "",
      url: null,
      status: null,
      retryAfterMs: null,
      causes: [],
    });
    expect(toPlainError(fromPlainError(plain))).toEqual(plain);
  });
});

test("every code says what to do about it, unless whoever throws it knows better", () => {
  const codes = Object.keys(WAYS_OUT) as (keyof typeof WAYS_OUT)[];
  for (const code of codes) {
    const { hint } = new SoferError(code, "what happened");
    expect(hint.length).toBeGreaterThan(15);
    expect(fromPlainError(toPlainError(new SoferError(code, "what happened"))).hint).toBe(hint);
  }
  expect(new SoferError("network", "cut", { hint: "look at the cable" }).hint).toBe("look at the cable");
  expect(toPlainError(new TypeError("x")).hint).toContain("report");
});

test("a foreign error, or what is no error at all, becomes internal", () => {
  expect(toPlainError(new TypeError("x is not a function"))).toMatchObject({
    code: "internal",
    message: "TypeError: x is not a function",
  });
  expect(toPlainError("just text")).toMatchObject({ code: "internal", message: "just text", causes: [] });
  expect(toPlainError(null).message).toBe("null");
});

test("a chain of causes that bites its tail ends", () => {
  const error = new Error("tail");
  error.cause = error;
  expect(toPlainError(new SoferError("network", "cut", { cause: error })).causes).toHaveLength(8);
});
