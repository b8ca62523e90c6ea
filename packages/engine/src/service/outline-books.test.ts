import { expect, test } from "bun:test";
import { isFresh } from "./outline-books.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 5, 1);

test("what was read within a day is fresh, whichever way the clock was set meanwhile", () => {
  expect(isFresh(NOW - 23 * HOUR_MS, NOW)).toBe(true);
  expect(isFresh(NOW - 24 * HOUR_MS, NOW)).toBe(false);
  expect(isFresh(NOW + HOUR_MS, NOW)).toBe(true);
  // Read while the clock was a year ahead: not to be believed for a year.
  expect(isFresh(NOW + 365 * 24 * HOUR_MS, NOW)).toBe(false);
});
