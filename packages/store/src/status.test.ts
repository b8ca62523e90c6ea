import { expect, test } from "bun:test";
import { type RunEvent, type StampedEvent } from "@sofer/core";
import fc from "fast-check";
import { openLibrary } from "./reader.ts";
import { openStatus } from "./status.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf } from "./testing/small-library.ts";

const said: RunEvent = { type: "run-resumed" };

test("kept events are found after any of them, whether or not it is kept, and of one run only", () => {
  using small = smallLibrary();
  // Three runs; of each some events are kept.
  const kept: StampedEvent[] = [];
  for (const seqs of [[1, 3, 4, 9], [], [2, 5, 6]]) {
    const runId = small.writer.startRun("{}", 1);
    const events = seqs.map((seq) => ({ runId, seq, at: seq, event: said }));
    small.writer.recordEvents(events);
    kept.push(...events);
  }
  const status = openStatus(small.path);
  try {
    const name = ({ runId, seq }: { runId: number; seq: number }) => `${runId}-${seq}`;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 9 }),
        (runId, seq, limit) => {
          const after = kept.filter((event) => event.runId > runId || (event.runId === runId && event.seq > seq));
          expect(status.events({ limit, after: { runId, seq } }).map(name)).toEqual(after.slice(0, limit).map(name));
          const ofOne = kept.filter((event) => event.runId === runId);
          expect(status.events({ limit: 100, runId }).map(name)).toEqual(runId === 0 ? [] : ofOne.map(name));
        },
      ),
    );
    expect(status.lastEvent()).toMatchObject({ runId: 3, seq: 6 });
  } finally {
    status.close();
  }
});

test("events of runs long ago go when a run starts", () => {
  using small = smallLibrary();
  const first = small.writer.startRun("{}", 1);
  small.writer.recordEvents([{ runId: first, seq: 1, at: 1, event: said }]);
  const status = openStatus(small.path);
  try {
    for (let run = 0; run < 49; run++) small.writer.startRun("{}", 1);
    expect(status.events({ limit: 10 })).toHaveLength(1);
    small.writer.startRun("{}", 1);
    expect(status.events({ limit: 10 })).toHaveLength(0);
    expect(status.lastEvent()).toBeNull();
  } finally {
    status.close();
  }
});

test("a book's fingerprint changes with its texts, its settlements and its failures, and not with another's", () => {
  using small = smallLibrary();
  const leaf = leafOfTitle("Genesis");
  addBook(small.writer, leaf, [{ meta: versionOf("he", "A"), text: [["a", "b"]] }]);
  const status = openStatus(small.path);
  try {
    const row = status.bookNamed("Genesis");
    if (row === null) throw new Error("no book");
    const print = () => status.bookFingerprint(row.id, row.title);
    const before = status.version();
    const prints = [print()];
    expect(print()).toBe(prints[0] ?? "");
    addBook(small.writer, leafOfTitle("Exodus"), [{ meta: versionOf("he", "A"), text: [["a"]] }], 1);
    expect(print()).toBe(prints[0] ?? "");
    expect(status.version()).not.toBe(before);
    addBook(small.writer, leaf, [{ meta: versionOf("en", "B"), text: [["c", "d"]] }]);
    prints.push(print());
    const runId = small.writer.startRun("{}", 1);
    const error = {
      code: "timeout",
      next: "retry",
      message: "m",
      hint: "",
      url: null,
      status: null,
      retryAfterMs: null,
      causes: [],
    } as const;
    small.writer.failUnit(runId, "text:Genesis", "Genesis", "Genesis", error, 5);
    prints.push(print());
    expect(new Set(prints).size).toBe(3);
    expect(status.bookFigures(row.id, row.title).failures).toBe(1);
    expect(Object.fromEntries(status.failuresByCode({}))).toEqual({ timeout: 1 });
  } finally {
    status.close();
  }
});

test("where a run can be told is read back; a run that has ended is nowhere", () => {
  using small = smallLibrary();
  const status = openStatus(small.path);
  try {
    expect(status.apiAddress()).toBeNull();
    small.writer.saveMeta("api", "an-instance http://127.0.0.1:8614");
    expect(status.apiAddress()).toEqual({ instance: "an-instance", url: "http://127.0.0.1:8614" });
    small.writer.saveMeta("api", "");
    expect(status.apiAddress()).toBeNull();
  } finally {
    status.close();
  }
});

test("chunks of a book that sinks have acknowledged", () => {
  using small = smallLibrary();
  addBook(small.writer, leafOfTitle("Genesis"), [{ meta: versionOf("he", "A"), text: [["a", "b"], ["c"]] }]);
  addBook(small.writer, leafOfTitle("Exodus"), [{ meta: versionOf("he", "A"), text: [["d"]] }], 1);
  const library = openLibrary(small.path);
  const status = openStatus(small.path);
  try {
    const ids = [...library.chunks({ titles: ["Genesis"], profile: "vector" })].map(({ id }) => id);
    const [first = "", other = ""] = [ids[0], [...library.chunks({ titles: ["Exodus"] })][0]?.id];
    const full = small.writer.saveSink("full", "{}");
    small.writer.saveSink("empty", "{}");
    const entryOf = (id: string) => ({ id, contentHash: "00".repeat(16), mapping: 1 });
    small.writer.recordPushed(full, [...ids, other, "0".repeat(32)].map(entryOf));
    const row = status.bookNamed("Genesis");
    if (row === null || first === "" || other === "") throw new Error("no book, or no chunks");
    expect(status.pushed(row.id)).toEqual({ full: ids.length, empty: 0 });
  } finally {
    status.close();
    library.close();
  }
});
