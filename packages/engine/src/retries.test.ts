import { SoferError, toPlainError, type ErrorCode, type Unit } from "@sofer/core";
import { expect, test } from "bun:test";
import { Retries } from "./retries.ts";

const options = { maxRetries: 2, initialBackoffMs: 1_000, random: () => 0.5, budgetPercent: 100 };
const unit: Unit = { kind: "versions", id: "versions:A", bookTitle: "A" };

function failure(code: ErrorCode, retryAfterMs?: number) {
  return toPlainError(new SoferError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs }));
}

test("a unit comes back after a doubling wait, and is given up by name with the count", () => {
  const retries = new Retries(options);
  expect(retries.failed(unit, failure("network"), false)).toEqual({ kind: "again", waitMs: 500, failures: 1 });
  expect(retries.failed(unit, failure("server-error"), false)).toEqual({ kind: "again", waitMs: 1_000, failures: 2 });
  expect(retries.failed(unit, failure("body-cut"), false)).toMatchObject({
    kind: "give-up",
    error: { code: "body-cut", message: "body-cut (3 requests)", causes: ["body-cut"] },
  });
  // What is tried again by the user begins anew.
  expect(retries.failed(unit, failure("network"), false)).toMatchObject({ kind: "again", failures: 1 });
});

test("a pause that the host asked for, and an outage, cost no attempt", () => {
  const retries = new Retries(options);
  for (let times = 0; times < 10; times++) {
    expect(retries.failed(unit, failure("throttled", 7_000), false)).toMatchObject({ kind: "again", waitMs: 7_000 });
    expect(retries.failed(unit, failure("network"), true)).toMatchObject({ kind: "again", waitMs: 500 });
  }
  expect(retries.failed(unit, failure("network"), false)).toMatchObject({ kind: "again", waitMs: 500 });
});

test("what cannot pass is given up as it is", () => {
  const retries = new Retries(options);
  for (const code of ["not-found", "error-in-200", "refused", "wire-shape"] as const) {
    expect(retries.failed(unit, failure(code), false)).toEqual({ kind: "give-up", error: failure(code) });
  }
});

test("a text that is too slow twice is asked in parts, but not because the host is down", () => {
  const text = { ...unit, kind: "text" } as Unit;
  const retries = new Retries(options);
  expect(retries.failed(text, failure("timeout"), false)).toMatchObject({ kind: "again" });
  expect(retries.failed(text, failure("timeout"), true)).toMatchObject({ kind: "again" });
  expect(retries.failed(text, failure("timeout"), false)).toMatchObject({
    kind: "split",
    error: { code: "too-slow", next: "split" },
  });
});

test("more retries than the budget allows make a run hopeless", () => {
  const retries = new Retries({ ...options, maxRetries: 1_000, budgetPercent: 50 });
  const fails = (times: number) => {
    for (let time = 0; time < times; time++) retries.failed(unit, failure("network"), false);
  };
  fails(100);
  expect(retries.hopeless()).toBeNull();
  for (let answer = 0; answer < 10; answer++) retries.answered(`unit ${answer}`);
  fails(5);
  // Pauses and outages are the host's, not the run's.
  retries.failed(unit, failure("throttled", 1), false);
  retries.failed(unit, failure("network"), true);
  expect(retries.hopeless()).toBeNull();
  fails(1);
  expect(retries.hopeless()).toMatchObject({ code: "hopeless", exitCode: 3 });
});
