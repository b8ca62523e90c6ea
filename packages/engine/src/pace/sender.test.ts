import { expect, test } from "bun:test";
import { SoferError } from "@sofer/core";
import { senderBench } from "../testing/senders.ts";

const HOST = "embedder:1";
const failing = (times: number, error: () => SoferError) => {
  let calls = 0;
  return { calls: () => calls, send: () => (calls++ < times ? Promise.reject(error()) : Promise.resolve("done")) };
};

test("what may pass is sent again after a back-off, what cannot is not", async () => {
  const { sender, clock } = senderBench();
  const passing = failing(2, () => new SoferError("body-cut", "cut"));
  expect(await sender.untilDone(HOST, passing.send)).toBe("done");
  expect(clock.slept).toEqual([500, 1_000]);
  const never = failing(1, () => new SoferError("refused", "no"));
  const refusal: unknown = await sender.untilDone(HOST, never.send).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "refused" });
  expect(never.calls()).toBe(1);
});

test("a pause that the host asks for is kept by everybody, and costs no attempt", async () => {
  const { sender, clock } = senderBench({ maxRetries: 0 });
  const throttled = failing(4, () => new SoferError("throttled", "later", { retryAfterMs: 7_000, status: 429 }));
  expect(await sender.untilDone(HOST, throttled.send)).toBe("done");
  expect(throttled.calls()).toBe(5);
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(28_000);
});

test("too often: the last error, with the count; the fields are kept, and nothing is repeated inside a process's own sink", async () => {
  const { sender } = senderBench({ maxRetries: 2 });
  const always = failing(99, () => new SoferError("bad-vectors", "wrong", { status: 200, url: "http://embedder:1/" }));
  const thrown: unknown = await sender.untilDone(null, always.send).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: "bad-vectors", message: "wrong (3 requests)", status: 200 });
  expect(always.calls()).toBe(3);
});

test("a host that has answered and is down now is asked by single probes, and after so long it is unreachable", async () => {
  const { sender, clock } = senderBench({ maxRetries: 1, maxOutageMs: 120_000 });
  expect(await sender.once(HOST, () => Promise.resolve("here"))).toBe("here");
  const down = failing(1_000, () => new SoferError("network", "refused"));
  const many = Array.from({ length: 10 }, () => sender.untilDone(HOST, down.send).catch((error: unknown) => error));
  const ends = await Promise.all(many);
  expect(ends.some((end) => end instanceof SoferError && end.code === "unreachable")).toBe(true);
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(120_000);
});

test("a wrong address is not waited for", async () => {
  const { sender, clock } = senderBench({ maxRetries: 4, maxOutageMs: 3_600_000 });
  const nobody = failing(1_000, () => new SoferError("network", "refused"));
  const thrown: unknown = await sender.untilDone(HOST, nobody.send).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: "unreachable", next: "stop", exitCode: 3 });
  expect(nobody.calls()).toBe(5);
  expect(clock.monotonicMs()).toBeLessThan(60_000);
});

test("after an interruption nothing is sent, and waits end", async () => {
  const { sender, stop } = senderBench();
  const reason = new SoferError("interrupted", "stopped");
  const failingOnce = failing(99, () => {
    stop.abort(reason);
    return new SoferError("server-error", "busy");
  });
  expect(await sender.untilDone(HOST, failingOnce.send).catch((error: unknown) => error)).toBe(reason);
  expect(failingOnce.calls()).toBe(1);
  expect(await sender.once(HOST, failingOnce.send).catch((error: unknown) => error)).toBe(reason);
  expect(failingOnce.calls()).toBe(1);
});
