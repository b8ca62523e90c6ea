import { describe, expect, test } from "bun:test";
import type { EventStamp, RunEvent, StampedEvent } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import { Journal } from "./journal.ts";

const done = (title: string): RunEvent => ({ type: "book-completed", title });
const fleeting: RunEvent = { type: "unit-done", unitId: "u", title: "A", requests: 1, bytes: 1 };

function journalOf(record?: (events: readonly StampedEvent[]) => Promise<void>) {
  const clock = new FakeClock();
  const told: (readonly [RunEvent, EventStamp])[] = [];
  const written: (readonly StampedEvent[])[] = [];
  const lost: unknown[] = [];
  const journal = new Journal({
    clock,
    onEvent: (event, stamp) => void told.push([event, stamp]),
    record: record ?? ((events) => Promise.resolve(void written.push(events))),
    onLost: (error) => void lost.push(error),
  });
  journal.begin(4);
  return { clock, journal, told, written, lost };
}

describe("a run's journal", () => {
  test("numbers every event without holes and tells of it at once", () => {
    const { journal, told, clock } = journalOf();
    for (const event of [done("A"), fleeting, done("B")]) journal.listen(event);
    expect(told).toEqual([
      [done("A"), { runId: 4, seq: 1, at: clock.now() }],
      [fleeting, { runId: 4, seq: 2, at: clock.now() }],
      [done("B"), { runId: 4, seq: 3, at: clock.now() }],
    ]);
  });

  test("writes what is worth keeping, together, a quarter of a second later", async () => {
    const { clock, journal, written } = journalOf();
    for (const event of [done("A"), fleeting, done("B")]) journal.listen(event);
    await clock.advance(249);
    expect(written).toEqual([]);
    await clock.advance(1);
    expect(written.map((events) => events.map(({ seq }) => seq))).toEqual([[1, 3]]);
    journal.listen(done("C"));
    await journal.flush();
    expect(written.map((events) => events.map(({ seq }) => seq))).toEqual([[1, 3], [4]]);
    await clock.advance(1_000);
    expect(written).toHaveLength(2);
  });

  test("writes in order, however slow the writer is", async () => {
    const order: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    let isFirst = true;
    const { journal } = journalOf(async (events) => {
      if (isFirst) {
        isFirst = false;
        await promise;
      }
      order.push(...events.map(({ seq }) => seq));
    });
    journal.listen(done("A"));
    const first = journal.flush();
    journal.listen(done("B"));
    const second = journal.flush();
    resolve();
    await Promise.all([first, second]);
    expect(order).toEqual([1, 2]);
  });

  test("that has ended has written everything, and waits for nothing more", async () => {
    const { clock, journal, written } = journalOf();
    journal.listen(done("A"));
    expect(clock.sleeping).toBe(1);
    await journal.end();
    expect(written.flat().map(({ seq }) => seq)).toEqual([1]);
    expect(clock.sleeping).toBe(0);
  });

  test("tells when they could not be written", async () => {
    const error = new Error("the disk is full");
    const { journal, lost } = journalOf(() => Promise.reject(error));
    journal.listen(done("A"));
    await journal.flush();
    expect(lost).toEqual([error]);
  });
});
