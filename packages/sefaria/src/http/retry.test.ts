import { MAX_PAUSES, retryAfterMs, SoferError, systemClock, type ErrorCode } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import { expect, test } from "bun:test";
import type { Answer, Exchange } from "./exchange.ts";
import { Attempts, retry } from "./retry.ts";

const answer: Answer = { url: "http://host/", status: 200, headers: new Headers(), body: "{}", bytes: 2 };
const request = { url: "http://host/", canSplit: false };

/** Fails with the given errors, then answers; remembers when it was sent. */
function failing(clock: FakeClock, errors: readonly SoferError[]): { exchange: Exchange; sentAt: number[] } {
  const sentAt: number[] = [];
  const exchange: Exchange = () => {
    const error = errors[sentAt.length];
    sentAt.push(clock.monotonicMs());
    return error === undefined ? Promise.resolve(answer) : Promise.reject(error);
  };
  return { exchange, sentAt };
}

function errors(...codes: ErrorCode[]): SoferError[] {
  return codes.map((code) => new SoferError(code, code));
}

function throttled(retryAfter: number): SoferError {
  return new SoferError("throttled", "429", { retryAfterMs: retryAfter });
}

async function settled<T>(clock: FakeClock, promise: Promise<T>): Promise<T | SoferError> {
  const result = promise.catch((error: unknown) => error as SoferError);
  await clock.advance(1_000_000);
  return result;
}

test("the ceiling of the wait doubles, and the wait is a random part of it", async () => {
  const clock = new FakeClock();
  const { exchange, sentAt } = failing(clock, errors("network", "server-error", "body-cut", "not-json"));
  const stack = retry(exchange, { maxRetries: 5, initialBackoffMs: 1000, clock, random: () => 0.5 });
  expect(await settled(clock, stack(request))).toBe(answer);
  expect(sentAt).toEqual([0, 500, 1500, 3500, 7500]);
});

test("Retry-After is the least wait, up to a minute", async () => {
  const clock = new FakeClock();
  const { exchange, sentAt } = failing(clock, [throttled(7000), throttled(3_600_000)]);
  const stack = retry(exchange, { maxRetries: 5, initialBackoffMs: 1000, clock, random: () => 0 });
  expect(await settled(clock, stack(request))).toBe(answer);
  expect(sentAt).toEqual([0, 7000, 67_000]);
});

test("a pause that the host asked for costs no attempt, but pauses have an end of their own", async () => {
  const clock = new FakeClock();
  const options = { maxRetries: 1, initialBackoffMs: 1, clock };
  const patient = failing(clock, [throttled(10), throttled(10), ...errors("network"), throttled(10)]);
  expect(await settled(clock, retry(patient.exchange, options)(request))).toBe(answer);
  expect(patient.sentAt).toHaveLength(5);
  const endless = failing(
    clock,
    Array.from({ length: 99 }, () => throttled(0)),
  );
  expect(await settled(clock, retry(endless.exchange, options)(request))).toMatchObject({
    code: "throttled",
    message: `429 (${MAX_PAUSES + 1} requests)`,
  });
  expect(endless.sentAt).toHaveLength(MAX_PAUSES + 1);
});

test("what a request had cost is forgiven when it got on", async () => {
  const attempts = new Attempts({ maxRetries: 1, initialBackoffMs: 0, clock: systemClock });
  const [error] = errors("body-cut");
  for (let round = 0; round < 5; round++) {
    await attempts.failed(error);
    attempts.progressed();
  }
  await attempts.failed(error);
  expect(await attempts.failed(error).catch((thrown: unknown) => thrown)).toMatchObject({ code: "body-cut" });
  expect(attempts.requests).toBe(7);
});

test("what cannot pass is not sent again", async () => {
  for (const code of ["refused", "not-found", "error-in-200", "too-large"] as const) {
    const clock = new FakeClock();
    const { exchange, sentAt } = failing(clock, errors(code));
    const stack = retry(exchange, { maxRetries: 5, initialBackoffMs: 1000, clock });
    expect(await settled(clock, stack(request))).toMatchObject({ code });
    expect(sentAt).toHaveLength(1);
  }
});

test("the last error is thrown with the number of requests and its cause", async () => {
  const clock = new FakeClock();
  const last = new SoferError("server-error", "HTTP 500", { url: "http://host/", status: 500 });
  const { exchange } = failing(clock, [...errors("network", "timeout"), last]);
  const stack = retry(exchange, { maxRetries: 2, initialBackoffMs: 1, clock });
  const error = await settled(clock, stack(request));
  expect(error).toMatchObject({ code: "server-error", status: 500, message: "HTTP 500 (3 requests)", cause: last });
});

test("a request that can be split is too slow after its second timeout", async () => {
  const clock = new FakeClock();
  const { exchange, sentAt } = failing(clock, errors("timeout", "timeout", "timeout"));
  const stack = retry(exchange, { maxRetries: 5, initialBackoffMs: 1, clock });
  expect(await settled(clock, stack({ ...request, canSplit: true }))).toMatchObject({
    code: "too-slow",
    next: "split",
  });
  expect(sentAt).toHaveLength(2);
});

test("a wait ends when the caller gives up", async () => {
  const clock = new FakeClock();
  const { exchange, sentAt } = failing(clock, errors("network", "network"));
  const caller = new AbortController();
  const stack = retry(exchange, { maxRetries: 5, initialBackoffMs: 60_000, clock, random: () => 0.99 });
  const result = stack({ ...request, signal: caller.signal }).catch((error: unknown) => error);
  await clock.advance(10);
  caller.abort(new SoferError("interrupted", "stop"));
  expect(await result).toMatchObject({ code: "interrupted" });
  expect(sentAt).toHaveLength(1);
});

test("Retry-After is seconds or an HTTP date", () => {
  const now = Date.UTC(2026, 0, 1);
  expect(retryAfterMs("120", now)).toBe(120_000);
  expect(retryAfterMs("Thu, 01 Jan 2026 00:00:30 GMT", now)).toBe(30_000);
  expect(retryAfterMs("Wed, 31 Dec 2025 00:00:00 GMT", now)).toBe(0);
  expect(retryAfterMs("-5", now)).toBe(0);
  expect(retryAfterMs("0", now)).toBe(0);
  expect(retryAfterMs("5.5", now)).toBe(5_500);
  expect(retryAfterMs("999999999999", now)).toBe(999_999_999_999_000);
  for (const bad of [null, "", "soon", "5 s", "1e3", "Infinity"]) expect(retryAfterMs(bad, now)).toBeNull();
});
