import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareRatios, isHeld, renderCompared, type Kept, type Ratio } from "./compare.ts";
import { GROUPS } from "./measure.ts";

const low = (name: string, value: number): Ratio => ({ name, value, better: "lower" });
const high = (name: string, value: number): Ratio => ({ name, value, better: "higher" });
const stateOf = (kept: Ratio, now: Ratio) => compareRatios([kept], [now], []).map(({ state }) => state);

describe("a ratio beside the one that was kept", () => {
  test("may be a fifth worse, in its own direction", () => {
    expect(stateOf(low("a", 2), low("a", 2.4))).toEqual(["held"]);
    expect(stateOf(low("a", 2), low("a", 2.41))).toEqual(["worse"]);
    expect(stateOf(low("a", 2), low("a", 0.1))).toEqual(["held"]);
    expect(stateOf(high("a", 24), high("a", 20))).toEqual(["held"]);
    expect(stateOf(high("a", 24), high("a", 19.9))).toEqual(["worse"]);
    expect(stateOf(high("a", 24), high("a", 200))).toEqual(["held"]);
  });

  test("that is no number is not held", () => {
    expect(stateOf(low("a", 2), low("a", Number.NaN))).toEqual(["worse"]);
  });

  test("that could not be measured is skipped by name; that is gone without a word fails", () => {
    const kept = [high("requests, peer: threads: times", 9), low("floor, bucket: wall", 2)];
    const excuse = { prefix: "requests, peer: threads:", why: "python3-requests is not installed" };
    const compared = compareRatios(kept, [low("start, new", 3)], [excuse]);
    expect(compared.map(({ state }) => state)).toEqual(["skipped", "missing", "new"]);
    expect(isHeld(compared)).toBe(false);
    expect(isHeld(compared.filter(({ state }) => state !== "missing"))).toBe(true);
    expect(renderCompared(compared)).toMatch(
      /^skipped +requests, peer: threads: times +python3-requests is not installed$/m,
    );
  });

  test("is said with both values and how much worse", () => {
    const [line] = compareRatios([low("a", 2)], [low("a", 2.5)], []);
    expect(line?.line).toBe("2.50, was 2.00: 25 % worse (lower is better)");
    const [better] = compareRatios([high("a", 10)], [high("a", 20)], []);
    expect(better?.line).toBe("20.00, was 10.00: 50 % better (higher is better)");
  });
});

test("what is kept is of groups that can be checked", () => {
  const path = join(import.meta.dir, "..", "..", "..", "docs", "bench", "check.json");
  expect(existsSync(path)).toBe(true);
  const { ratios } = JSON.parse(readFileSync(path, "utf8")) as Kept;
  expect(ratios.length).toBeGreaterThan(4);
  for (const { name, value, better } of ratios) {
    expect(Object.keys(GROUPS)).toContain(name.slice(0, name.indexOf(", ")));
    expect(value).toBeGreaterThan(0);
    expect(["lower", "higher"]).toContain(better);
  }
});
