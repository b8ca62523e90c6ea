import { expect, test } from "bun:test";
import { NO_PLACES, type RunEvent } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import { Milestones } from "./milestones.ts";

const parcel = (title: string): RunEvent => ({
  type: "parcel-committed",
  title,
  version: "he|X",
  counts: NO_PLACES,
  chunks: 1,
  bytes: 1,
});

test("the original's lines, in order", () => {
  const lines: string[] = [];
  const milestones = new Milestones((line) => lines.push(line), new FakeClock());
  milestones.handle({ type: "book-started", title: "Genesis", slots: 1533, units: 1 });
  milestones.handle(parcel("Genesis"));
  milestones.handle(parcel("Genesis"));
  milestones.handle({ type: "book-completed", title: "Genesis" });
  expect(lines).toEqual([
    "Genesis: found 1533 references",
    "Genesis: chunking batch 1",
    "Genesis: writing batch 1",
    "Genesis: chunking batch 2",
    "Genesis: writing batch 2",
    "Genesis: completed",
  ]);
});

test("a bounded rate: batches give way to beginnings and ends, and the rest is counted", async () => {
  const lines: string[] = [];
  const clock = new FakeClock();
  const milestones = new Milestones((line) => lines.push(line), clock);
  for (let second = 0; second < 3; second++) {
    for (let batch = 0; batch < 500; batch++) milestones.handle(parcel("Genesis"));
    milestones.handle({ type: "book-completed", title: `Book ${second}` });
    await clock.advance(1_000);
  }
  expect(lines.length).toBeLessThanOrEqual(100 * 3);
  for (let second = 0; second < 3; second++) expect(lines).toContain(`Book ${second}: completed`);
  const said = lines.length;
  milestones.close();
  expect(lines.at(-1)).toBe(
    `${(3_003 - said).toLocaleString("en-US")} progress lines were left out to keep the log short`,
  );
});
