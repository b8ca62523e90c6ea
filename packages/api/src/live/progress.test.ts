import { expect, test } from "bun:test";
import { NO_PLACES, type RunEvent } from "@sofer/core";
import { ProgressCounter } from "./progress.ts";

function after(...events: RunEvent[]) {
  const counter = new ProgressCounter();
  for (const event of events) counter.apply(event);
  return counter.now;
}

const plan: RunEvent = { type: "plan-made", books: 3, units: 3, slots: 100, heldBooks: 1 };
const started = (title: string, slots: number, units: number): RunEvent => ({
  type: "book-started",
  title,
  slots,
  units,
});
const unit = (title: string): RunEvent => ({ type: "unit-done", unitId: "u", title, requests: 1, bytes: 10 });

test("a book counts in the measure of its units, and whole when it has ended", () => {
  expect(after(plan, started("A", 60, 3), unit("A"))).toMatchObject({ phase: "fetching", slots: 100, slotsDone: 20 });
  const split: RunEvent = { type: "unit-split", unitId: "u", title: "A", into: 4, why: "" };
  expect(after(plan, started("A", 60, 3), unit("A"), split).slotsDone).toBe(10);
  const ended = after(
    plan,
    started("A", 60, 3),
    unit("A"),
    { type: "book-completed", title: "A" },
    started("B", 40, 1),
    unit("B"),
  );
  expect(ended).toMatchObject({ slotsDone: 100, doneBooks: 1 });
});

test("a book that is tried again counts once", () => {
  const failed: RunEvent = { type: "book-failed", title: "A" };
  expect(after(plan, started("A", 60, 1), failed)).toMatchObject({ failedBooks: 1, doneBooks: 0 });
  const again = after(
    plan,
    started("A", 60, 1),
    failed,
    { type: "retry-started", titles: ["A"] },
    { type: "book-completed", title: "A" },
  );
  expect(again).toMatchObject({ failedBooks: 0, doneBooks: 1 });
});

test("texts, chunks, failures and retries add up", () => {
  const counts = { ...NO_PLACES, places: 7, stored: 7 };
  const parcel: RunEvent = { type: "parcel-committed", title: "A", version: "v", counts, chunks: 2, bytes: 9 };
  expect(after(plan, parcel, parcel)).toMatchObject({ texts: 14, chunks: 4, failures: 0, retries: 0 });
});
