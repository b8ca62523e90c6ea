import { expect, test } from "bun:test";
import {
  formatRange,
  formatRef,
  SoferError,
  type Leaf,
  type LeafRange,
  type TextSource,
  type TextUnit,
} from "@sofer/core";
import { few } from "./few.ts";
import type { Strategy } from "./strategy.ts";
import { walkProcesses, walkThreads } from "./walk.ts";

const leaf: Leaf = {
  title: "Book",
  heTitle: "ספר",
  keys: [],
  order: 0,
  depth: 2,
  addressTypes: ["Integer", "Integer"],
  sectionNames: [],
  heSectionNames: [],
  offsets: null,
  isDefault: false,
};
const unit: TextUnit = {
  kind: "text",
  id: "text:Book",
  bookTitle: "Book",
  nodeId: 1,
  leaf,
  shape: [0, 2, 0, 3],
  range: null,
  versions: "all",
  selection: { policy: { kind: "all" }, languages: ["he", "en"], licenses: null },
  decidesBest: true,
  limitSlots: null,
};

interface SourceOptions {
  readonly neighboursOf?: (ref: string) => readonly string[];
  readonly refuses?: (asked: string) => boolean;
}

/** A source that says what it was asked for, in order, and how much of it at once. */
function sourceOf({ neighboursOf = () => [], refuses = () => false }: SourceOptions = {}) {
  const asked: string[] = [];
  let inFlight = 0;
  let most = 0;
  const ask = async (what: string, range: LeafRange | null, signal: AbortSignal | undefined) => {
    signal?.throwIfAborted();
    const ref = range === null ? formatRef(leaf, []) : formatRange(leaf, range.from, range.to);
    asked.push(`${what} ${ref}`);
    most = Math.max(most, ++inFlight);
    await Bun.sleep(0);
    inFlight--;
    if (refuses(`${what} ${ref}`)) throw new SoferError("server-error", `no ${what} of ${ref}`);
    return ref;
  };
  const unused = () => Promise.reject(new Error("not asked for here"));
  const source: TextSource = {
    name: "service",
    contents: unused,
    outline: unused,
    versions: unused,
    async text({ range }, signal) {
      const ref = await ask("text", range, signal);
      return { versions: [], missing: [], neighbours: neighboursOf(ref), bytes: 1, sourceTag: ref };
    },
    async related(_leaf, range, signal) {
      await ask("related", range, signal);
      return 0;
    },
  };
  return { source, asked, most: () => most };
}

const ends = (source: TextSource, maxConcurrentRequests = 50) => ({ source, maxConcurrentRequests });

test.each([
  ["few", few, ["text Book"]],
  [
    "walk-threads",
    walkThreads,
    [
      "text Book 2",
      "text Book 4",
      "related Book 2:1",
      "related Book 2:2",
      "related Book 4:1",
      "related Book 4:2",
      "related Book 4:3",
    ],
  ],
  [
    "walk-processes",
    walkProcesses,
    ["text Book 2", "text Book 4", "text Book 2", "related Book 2", "text Book 4", "related Book 4"],
  ],
] as const)(
  "%s: what is asked, in order, and as many as were announced",
  async (_name, strategy: Strategy, requests) => {
    const { source, asked } = sourceOf();
    await strategy.text(unit, ends(source));
    expect(asked).toEqual([...requests]);
    expect(strategy.requests(unit)).toBe(requests.length);
  },
);

test("a thread has one request in flight, a process as many as it may", async () => {
  const thread = sourceOf();
  await walkThreads.text(unit, ends(thread.source));
  expect(thread.most()).toBe(1);
  const process = sourceOf();
  await walkProcesses.text(unit, ends(process.source, 3));
  expect(process.most()).toBe(3);
});

test("sections that the counts do not promise are asked for where the service names them", async () => {
  const neighbours = new Map([
    ["Book 2", ["Book 1", "Book 3"]],
    ["Book 4", ["Book 3", "Book, Appendix 1"]],
  ]);
  const { source, asked } = sourceOf({ neighboursOf: (ref) => neighbours.get(ref) ?? [] });
  await walkThreads.text(unit, ends(source));
  const texts = asked.filter((what) => what.startsWith("text"));
  expect(texts.toSorted()).toEqual(["text Book 1", "text Book 2", "text Book 3", "text Book 4"]);
});

test("a service that always names another section is left at some point", async () => {
  let last = 1;
  const { source, asked } = sourceOf({ neighboursOf: () => [`Book ${++last}`] });
  await walkThreads.text(unit, ends(source));
  expect(asked.length).toBeLessThan(200);
});

test("after a failure nothing more is sent, and that failure is thrown", async () => {
  const long: TextUnit = { ...unit, shape: Array.from({ length: 40 }, () => 1) };
  const { source, asked } = sourceOf({ refuses: (what) => what === "related Book 1" });
  const thrown = await walkProcesses.text(long, ends(source, 4)).then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toMatchObject({ code: "server-error", message: "no related of Book 1" });
  // 40 of the chain, then the first few; what was on its way is finished.
  expect(asked.length).toBeLessThan(50);
});

test("where nothing is promised, nothing is asked", async () => {
  const { source, asked } = sourceOf();
  const answer = await walkThreads.text({ ...unit, shape: [] }, ends(source));
  expect(asked).toEqual([]);
  expect(answer).toMatchObject({ versions: [], missing: [] });
});
