import { expect, test } from "bun:test";
import { openLibrary } from "../reader.ts";
import { addBook, leafOfTitle, smallLibrary, versionOf } from "../testing/small-library.ts";
import type { RankedSegment, SearchRequest } from "./api.ts";
import { fuse, ownRank } from "./fuse.ts";

const ranked = (segmentId: number, rank: number): RankedSegment => ({
  segmentId,
  score: 100 - rank,
  texts: new Map([[segmentId * 10, 1]]),
  why: [{ by: "lexical", rank, missing: [] }],
});

test("ranks are fused by the sum of 1 / (60 + rank), whatever the scores", () => {
  const fused = fuse([
    { segments: [ranked(1, 1), ranked(2, 2), ranked(3, 3)], rankOf: ownRank },
    { segments: [ranked(3, 1), ranked(1, 2), ranked(4, 3)], rankOf: ownRank },
  ]);
  // 1: 1/61 + 1/62; 3: 1/63 + 1/61; 2: 1/62; 4: 1/63.
  expect(fused.map(({ segmentId, score }) => [segmentId, score.toFixed(6)])).toEqual([
    [1, "0.032522"],
    [3, "0.032266"],
    [2, "0.016129"],
    [4, "0.015873"],
  ]);
  expect(fused[0]?.why).toHaveLength(2);
});

function searched(request: Partial<SearchRequest>) {
  using library = smallLibrary();
  const chapters = Array.from({ length: 3 }, (_, chapter) => [`lamp of chapter ${chapter}`, "oil and wick"]);
  addBook(library.writer, leafOfTitle("Book"), [{ meta: versionOf("en", "V"), text: chapters }]);
  library.writer.buildIndex();
  const reader = openLibrary(library.path);
  try {
    const ids = [...reader.chunks({ profile: "vector" })].map((chunk) => chunk.id);
    const nearest = [ids[2] ?? "", "gone", ids[0] ?? ""].map((chunk, index) => ({ chunk, similarity: 1 - index / 10 }));
    return { ids, answer: reader.search({ query: "wick chapter", limit: 10, nearest, ...request }) };
  } finally {
    reader.close();
  }
}

test("chunks found by meaning become hits of the same form, in their order, with what of the words they have", () => {
  const { ids, answer } = searched({ engine: "vector" });
  expect(answer.engine).toBe("vector");
  expect(answer.hits.map((hit) => [hit.ref, hit.passage.ref, hit.why])).toEqual([
    ["Book 3:1", "Book 3:1-2", [{ by: "vector", rank: 1, similarity: 1, chunk: ids[2] ?? "" }]],
    ["Book 1:1", "Book 1:1-2", [{ by: "vector", rank: 2, similarity: 0.8, chunk: ids[0] ?? "" }]],
  ]);
  const version = answer.hits[0]?.versions[0];
  expect(version?.highlights.map(([start, end]) => version.displayText.slice(start, end))).toEqual(["chapter"]);
});

test("hybrid: words and meaning, each hit with its reasons; filters and exclusions hold for both", () => {
  const { answer } = searched({ engine: "hybrid", query: "oil", grouping: "segment" });
  // Equal words: first and third of them, with the second and the nearest chunk: 1/61 + 1/62 and 1/63 + 1/61.
  expect(answer.hits.slice(0, 2)).toMatchObject([
    {
      ref: "Book 1:2",
      why: [
        { by: "lexical", rank: 1 },
        { by: "vector", rank: 2 },
      ],
    },
    {
      ref: "Book 3:2",
      why: [
        { by: "lexical", rank: 3 },
        { by: "vector", rank: 1 },
      ],
    },
  ]);
  expect(answer.hits.map((hit) => hit.ref)).toContain("Book 3:1");
  const without = searched({ engine: "hybrid", query: "oil -lamp", grouping: "segment" }).answer;
  expect(without.hits.map((hit) => hit.ref).filter((ref) => ref.endsWith(":1"))).toEqual([]);
  const within = searched({ engine: "vector", within: "Book 1" }).answer;
  expect(within.hits.map((hit) => hit.ref)).toEqual(["Book 1:1"]);
});
