import pLimit from "p-limit";
import type { LeafRange, TextSource, TextUnit } from "@sofer/core";
import { requestOf } from "./request.ts";
import { joinSections, sectionNamed, sectionsOf, segmentsOf, type SectionAnswer } from "./sections.ts";
import type { Strategy } from "./strategy.ts";

/**
 * The walks: how programs ask that take the service for a book to be leafed through. Each asks the sections of a leaf one
 * after another, as `next` leads, and then once more for what it has. They are there to be compared with, so they send what
 * such programs send and keep the sections' texts; the rest is asked for, checked and thrown away. In two things they are
 * better than their models, or nothing could be compared: they begin where there is text, and keep what comes under its own ref.
 *
 * M: of 21 books with 1,106 sections such programs reached 1,036 with 7,706 segments. By threads they sent 8,595 requests: an
 * index for each book, a text for each section and one request for each segment are 8,763. By processes they sent 3,129: an
 * index for each book and three requests for each section.
 */

/** One process, a thread for each leaf, one request in flight in each: texts by section, then what is related by segment. */
export const walkThreads: Strategy = {
  effort: ({ maxConcurrentRequests }) => ({
    maxWorkers: 1,
    maxConcurrentRequests,
    maxUnits: maxConcurrentRequests,
  }),
  retriesInPlace: true,
  requests(part) {
    return sectionsOf(part).length + [...segmentsOf(part)].length;
  },
  async text(unit, { source }) {
    const sections = await walk(unit, source);
    for (const segment of segmentsOf(unit)) await source.related(unit.leaf, segment);
    return joinSections(unit, sections);
  },
};

/** Many processes with a leaf each: texts by section, then all sections at once, each for its text again and for what is related. */
export const walkProcesses: Strategy = {
  effort: ({ maxWorkers, maxConcurrentRequests }) => ({ maxWorkers, maxConcurrentRequests, maxUnits: 1 }),
  retriesInPlace: true,
  requests(part) {
    return 3 * sectionsOf(part).length;
  },
  async text(unit, { source, maxConcurrentRequests }) {
    const sections = await walk(unit, source);
    await allOrNone(
      maxConcurrentRequests,
      sections.flatMap(({ range }) => [
        (signal: AbortSignal) => source.text(requestOf(unit, range), signal),
        (signal: AbortSignal) => source.related(unit.leaf, range, signal),
      ]),
    );
    return joinSections(unit, sections);
  },
};

/** Sections that the counts do not promise and the service leads to, beside as many as are promised. */
const MOST_UNPROMISED = 100;

/**
 * The chain of `next`: no section is asked for before the one in front of it has come. Its links are known beforehand, from
 * the counts; what the answers name besides (M: a text where a list is due counts as nothing, and is there) is asked for too.
 */
async function walk(unit: TextUnit, source: TextSource): Promise<SectionAnswer[]> {
  const sections: SectionAnswer[] = [];
  const ahead = sectionsOf(unit);
  const most = 2 * ahead.length + MOST_UNPROMISED;
  const known = new Set(ahead.map(keyOf));
  for (let range = ahead.shift(); range !== undefined; range = ahead.shift()) {
    const answer = await source.text(requestOf(unit, range));
    sections.push({ range, answer });
    for (const ref of answer.neighbours) {
      const named = sectionNamed(ref, unit);
      if (range === null || named === null || known.has(keyOf(named)) || known.size >= most) continue;
      known.add(keyOf(named));
      ahead.unshift(named);
    }
  }
  return sections;
}

function keyOf(range: LeafRange | null): string {
  return range === null ? "" : range.from.join(".");
}

/** Does all of it, so many at a time. After the first failure nothing more is sent, and that failure is thrown. */
async function allOrNone(atOnce: number, tasks: readonly ((signal: AbortSignal) => Promise<unknown>)[]): Promise<void> {
  const limit = pLimit(atOnce);
  const failed = new AbortController();
  const doing = tasks.map((task) =>
    limit(async () => {
      if (failed.signal.aborted) return;
      try {
        await task(failed.signal);
      } catch (thrown) {
        failed.abort(thrown);
      }
    }),
  );
  await Promise.all(doing);
  failed.signal.throwIfAborted();
}
