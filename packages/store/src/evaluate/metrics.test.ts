import { expect, test } from "bun:test";
import { meanOf, scoresOf } from "./metrics.ts";

/** To six places, so that figures can be read. */
const rounded = (scores: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(scores).map(([name, value]) => [name, Number(value.toFixed(6))]));

// Computed by hand: log2(2) = 1, log2(3) = 1.584963, log2(4) = 2, log2(5) = 2.321928.
test("one place, third in the list", () => {
  expect(rounded(scoresOf([{ grade: 1, ranks: [3, 7] }]))).toEqual({
    success1: 0,
    success5: 1,
    success10: 1,
    recall10: 1,
    recall20: 1,
    mrr: 0.333333,
    // (1 / 2) / (1 / 1)
    ndcg10: 0.5,
  });
});

test("three places, the best one second, one twelfth, one nowhere", () => {
  expect(
    rounded(
      scoresOf([
        { grade: 2, ranks: [2] },
        { grade: 1, ranks: [12] },
        { grade: 1, ranks: [] },
      ]),
    ),
  ).toEqual({
    success1: 0,
    success5: 1,
    success10: 1,
    recall10: 0.333333,
    recall20: 0.666667,
    mrr: 0.5,
    // gain 2 / 1.584963 = 1.261860; greatest 2 / 1 + 1 / 1.584963 + 1 / 2 = 3.130930
    ndcg10: 0.40303,
  });
});

test("two places in the greatest order, and one hit that has both", () => {
  const both = scoresOf([
    { grade: 1, ranks: [1] },
    { grade: 1, ranks: [2] },
  ]);
  expect([both.recall10, both.mrr, both.ndcg10]).toEqual([1, 1, 1]);
  const atOnce = scoresOf([
    { grade: 1, ranks: [1] },
    { grade: 1, ranks: [1] },
  ]);
  expect(atOnce.ndcg10).toBe(1);
});

test("beyond the twentieth, nowhere, and nothing expected", () => {
  for (const places of [[{ grade: 1, ranks: [21] }], [{ grade: 1, ranks: [] }], []]) {
    expect(Object.values(scoresOf(places))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  }
});

test("means are over questions", () => {
  const scores = [
    scoresOf([{ grade: 1, ranks: [1] }]),
    scoresOf([{ grade: 1, ranks: [4] }]),
    scoresOf([{ grade: 1, ranks: [] }]),
  ];
  expect(rounded({ ...meanOf(scores) })).toEqual({
    queries: 3,
    success1: 0.333333,
    success5: 0.666667,
    success10: 0.666667,
    recall10: 0.666667,
    recall20: 0.666667,
    // (1 + 1 / 4 + 0) / 3
    mrr: 0.416667,
    // (1 + 1 / 2.321928 + 0) / 3
    ndcg10: 0.476892,
  });
  expect(meanOf([])).toMatchObject({ queries: 0, mrr: 0 });
});
