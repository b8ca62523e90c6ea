import { expect, test } from "bun:test";
import fc from "fast-check";
import { controlOf, isChanged, NO_CONTROL } from "./control.ts";
import { eventId, parseEventId } from "./event.ts";

test("what was kept is read back; nothing was kept at first", () => {
  const number = fc.option(fc.double({ min: 0, max: 1e15, noNaN: true }).map((n) => n + 0));
  fc.assert(
    fc.property(fc.record({ pausedAt: number, ratePerSecond: number, maxWorkers: number }), (control) => {
      expect(controlOf(JSON.stringify(control))).toEqual(control);
    }),
  );
  for (const nothing of [null, "", "{}", "[]", "null", '{"ratePerSecond":"fast"}'])
    expect(controlOf(nothing)).toEqual(NO_CONTROL);
  expect(() => controlOf("{")).toThrow("cannot be read");
});

test("a run is other than its settings when anything was said, a pace of nothing included", () => {
  expect(isChanged(NO_CONTROL)).toBe(false);
  expect(isChanged({ ...NO_CONTROL, ratePerSecond: 0 })).toBe(true);
  expect(isChanged({ ...NO_CONTROL, pausedAt: 1 })).toBe(true);
});

test("an event's name is read back, and nothing else is one", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (runId, seq) => {
      const name = eventId({ runId, seq });
      expect(parseEventId(name)).toEqual({ runId, seq });
      // Clients that take numbers for numbers leave it a text.
      expect(Number(name)).toBeNaN();
    }),
  );
  for (const text of ["", "1", "1-", "-1", "1-2-3", "a-1", "1.2", " 1-2", "1-2 ", "1-1234567890123"]) {
    expect(parseEventId(text)).toBeNull();
  }
});
