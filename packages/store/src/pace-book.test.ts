import { expect, test } from "bun:test";
import fc from "fast-check";
import { join } from "node:path";
import { FakeClock } from "@sofer/core/testing";
import { PaceBook } from "./pace-book.ts";
import { temporaryFolder } from "./testing/small-library.ts";

const HOST = "host.example";
const limits = { ratePerSecond: 10, capacity: 3 };

function withBook<T>(work: (book: PaceBook, path: string) => T): T {
  using folder = temporaryFolder();
  const path = join(folder.path, "user", "pace.sqlite");
  const book = new PaceBook(path);
  try {
    return work(book, path);
  } finally {
    book.close();
  }
}

test("a new host has one token; it refills with time, up to its capacity", () =>
  withBook((book) => {
    const clock = new FakeClock();
    expect(book.take(HOST, limits, 5, clock.now())).toEqual({ granted: 1, waitMs: 100 });
    expect(book.take(HOST, limits, 1, clock.now() + 50)).toEqual({ granted: 0, waitMs: 50 });
    expect(book.take(HOST, limits, 1, clock.now() + 100)).toEqual({ granted: 1, waitMs: 0 });
    expect(book.take(HOST, limits, 9, clock.now() + 60_000)).toEqual({ granted: 3, waitMs: 100 });
    expect(book.take("other.example", limits, 1, clock.now())).toEqual({ granted: 1, waitMs: 0 });
  }));

test("two open books share one bucket, and a later one goes on where they stopped", () =>
  withBook((book, path) => {
    const second = new PaceBook(path);
    expect(book.take(HOST, limits, 1, 1_000).granted).toBe(1);
    expect(second.take(HOST, limits, 1, 1_000)).toEqual({ granted: 0, waitMs: 100 });
    second.close();
  }));

test("a clock that goes back refills nothing, and one set far back does not stop the host", () =>
  withBook((book) => {
    const start = 1_000_000_000;
    book.take(HOST, limits, 1, start);
    expect(book.take(HOST, limits, 1, start - 1_000).granted).toBe(0);
    expect(book.take(HOST, limits, 1, start).granted).toBe(0);
    expect(book.take(HOST, limits, 1, start - 3_600_000).granted).toBe(0);
    expect(book.take(HOST, limits, 1, start - 3_600_000 + 100).granted).toBe(1);
  }));

test("a pause holds for everybody, is never shortened, and ends without a burst", () =>
  withBook((book, path) => {
    const now = 1_000_000;
    book.take(HOST, limits, 1, now - 60_000);
    book.pause(HOST, now + 5_000, now);
    book.pause(HOST, now + 1_000, now);
    const second = new PaceBook(path);
    expect(second.pausedUntil(HOST, now)).toBe(now + 5_000);
    expect(second.take(HOST, limits, 3, now + 4_000)).toEqual({ granted: 0, waitMs: 1_000 });
    expect(second.pausedUntil(HOST, now + 5_000)).toBeNull();
    expect(second.take(HOST, limits, 3, now + 5_100).granted).toBe(1);
    second.close();
  }));

test("a host without a pace is granted everything, except in a pause", () =>
  withBook((book) => {
    const free = { ratePerSecond: 0, capacity: 1 };
    expect(book.take(HOST, free, 500, 0)).toEqual({ granted: 500, waitMs: 0 });
    book.pause(HOST, 100, 0);
    expect(book.take(HOST, free, 500, 0)).toEqual({ granted: 0, waitMs: 100 });
  }));

test("in every second, grants stay within capacity + rate, whatever is asked when", () =>
  withBook((book) => {
    let host = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.record({ afterMs: fc.integer({ min: -40, max: 400 }), want: fc.integer({ min: 1, max: 10 }) }), {
          maxLength: 30,
        }),
        (ratePerSecond, capacity, takes) => {
          host++;
          let now = 5_000_000;
          const sent: { at: number; granted: number }[] = [];
          for (const { afterMs, want } of takes) {
            now += afterMs;
            sent.push({ at: now, granted: book.take(`h${host}`, { ratePerSecond, capacity }, want, now).granted });
          }
          for (const { at } of sent) {
            const inWindow = sent.filter((one) => one.at >= at && one.at < at + 1_000);
            expect(inWindow.reduce((sum, one) => sum + one.granted, 0)).toBeLessThanOrEqual(capacity + ratePerSecond);
          }
        },
      ),
      { numRuns: 60 },
    );
  }));
