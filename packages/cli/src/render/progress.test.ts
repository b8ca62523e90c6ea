import { describe, expect, test } from "bun:test";
import { NO_PLACES, type RunEvent } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import { ProgressView, type Terminal } from "./progress.ts";

class FakeTerminal implements Terminal {
  columns: number | undefined;
  readonly written: string[] = [];
  constructor(columns: number | undefined) {
    this.columns = columns;
  }
  write(text: string): void {
    this.written.push(text);
  }
}

const plan = (books: number, slots: number): RunEvent => ({
  type: "plan-made",
  books,
  units: books,
  slots,
  heldBooks: 0,
});
const started = (title: string, slots: number, units: number): RunEvent => ({
  type: "book-started",
  title,
  slots,
  units,
});
const unitDone = (title: string): RunEvent => ({ type: "unit-done", unitId: title, title, requests: 1, bytes: 1_000 });

describe("progress on a terminal", () => {
  test.each([undefined, 0, 1, 7, 20, 39, 80, 300])("fits into %p columns", (columns) => {
    const terminal = new FakeTerminal(columns);
    const view = new ProgressView(terminal, new FakeClock());
    view.handle(plan(30, 30_000));
    for (let book = 0; book < 30; book++)
      view.handle(started(`A book with a rather long title, number ${book}`, 1_000, 4));
    const lines = view.lines();
    expect(lines).toHaveLength(12);
    const width = (columns ?? 0) > 0 ? (columns ?? 0) : 80;
    for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(Math.max(1, width - 1));
    if (width >= 80) expect(lines.at(-1)).toContain("and 20 more books");
  });

  test("at most ten drawings a second, each erasing the one before", async () => {
    const clock = new FakeClock();
    const terminal = new FakeTerminal(80);
    const view = new ProgressView(terminal, clock);
    view.handle(plan(1, 1_000));
    view.handle(started("Genesis", 1_000, 200));
    for (let unit = 0; unit < 200; unit++) {
      view.handle(unitDone("Genesis"));
      await clock.advance(5);
    }
    expect(terminal.written.length).toBeGreaterThanOrEqual(9);
    expect(terminal.written.length).toBeLessThanOrEqual(11);
    expect(terminal.written.at(-1)).toStartWith("\x1b[2A\r\x1b[J");
  });

  test("time left comes from the part of the slots that is done", async () => {
    const clock = new FakeClock();
    const view = new ProgressView(new FakeTerminal(120), clock);
    view.handle(plan(2, 1_000));
    view.handle(started("Ruth", 250, 1));
    view.handle(started("Jonah", 750, 3));
    await clock.advance(10_000);
    view.handle(unitDone("Ruth"));
    view.handle({ type: "book-completed", title: "Ruth" });
    expect(view.lines()[0]).toContain("25% · 30s left · 1/2 books");
    view.handle({ type: "unit-split", unitId: "j", title: "Jonah", into: 2, why: "too-large" });
    view.handle(unitDone("Jonah"));
    view.handle(unitDone("Jonah"));
    // Two of four units of 750 slots, and all of 250: 625 of 1,000.
    expect(view.state.fraction()).toBeCloseTo(0.625);
  });

  test("counts texts and failures, and says what it waits for", () => {
    const view = new ProgressView(new FakeTerminal(200), new FakeClock());
    expect(view.lines()[0]).toContain("reading the contents");
    view.handle(plan(1, 10));
    view.handle(started("Ruth", 10, 2));
    const counts = { ...NO_PLACES, places: 10, stored: 9, blank: 1 };
    view.handle({ type: "parcel-committed", title: "Ruth", version: "he|X", counts, chunks: 2, bytes: 90 });
    view.handle({ type: "host-refused", host: "example.org", status: 429, waitMs: 4_200 });
    expect(view.lines()[0]).toContain("9 texts");
    expect(view.lines()[0]).toContain("example.org asked us to wait 5 s (HTTP 429)");
  });

  test("the pace stands under the run, within the twelve lines", async () => {
    const clock = new FakeClock();
    const view = new ProgressView(new FakeTerminal(80), clock);
    let granted = 0;
    const rest = { waiting: 0, refusals: 0, downMs: null, probeInMs: null, isHeld: false };
    const pace = { host: "example.org", ratePerSecond: 5, allowedPerSecond: 5, pausedUntil: clock.now() + 14_000 };
    view.watch(() => [{ ...pace, ...rest, granted }]);
    view.handle(plan(30, 30_000));
    for (let book = 0; book < 30; book++) view.handle(started(`Book ${book}`, 1_000, 4));
    await clock.advance(2_000);
    granted = 8;
    const lines = view.lines();
    expect(lines).toHaveLength(12);
    expect(lines[1]).toBe("  4 of 5 requests/s · waiting 12 s: the host asked for it");
    expect(lines.at(-1)).toContain("and 21 more books");
  });

  test.each([20, 40, 80, 0])(
    "a Hebrew title with marks is as wide as its letters, and keeps its direction to itself, in %p columns",
    (columns) => {
      const view = new ProgressView(new FakeTerminal(columns), new FakeClock());
      view.handle(plan(1, 10));
      view.handle(started("סֵ֥פֶר הַמִּדּ֖וֹת וְהַשִּׁעוּרִ֑ים אֲשֶׁ֥ר לַסּוֹפֵֽר", 1_000, 1));
      const line = view.lines()[1] ?? "";
      const width = (columns || 80) - 1;
      expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width);
      expect(line.match(/\u2068/g)).toHaveLength(1);
      expect(line.match(/\u2069/g)).toHaveLength(1);
      // No mark stands at the cut without its letter.
      expect(line).not.toMatch(/\u2068\p{Mn}|…\p{Mn}/u);
      if (width === 79) expect(line).toEndWith("\u2069 · 1,000 segments");
    },
  );

  test("a note stands above the bars, and close takes the bars away", () => {
    const terminal = new FakeTerminal(80);
    const view = new ProgressView(terminal, new FakeClock());
    view.handle(plan(1, 10));
    view.note("Ruth: failed");
    expect(terminal.written).toContain("Ruth: failed\n");
    view.close();
    expect(terminal.written.at(-1)).toBe("\x1b[1A\r\x1b[J");
    const before = terminal.written.length;
    view.handle(started("Ruth", 10, 1));
    view.close();
    expect(terminal.written).toHaveLength(before);
  });
});
