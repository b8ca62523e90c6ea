/** One ratio, which says the same on fast and slow machines. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly better: "lower" | "higher";
}

/** What a check is compared with: docs/bench/check.json. */
export interface Kept {
  readonly ratios: readonly Ratio[];
}

export interface Unmeasured {
  /** What the names of the ratios begin with. */
  readonly prefix: string;
  readonly why: string;
}

export interface Compared {
  readonly name: string;
  readonly state: "held" | "worse" | "skipped" | "missing" | "new";
  readonly line: string;
}

/** A ratio may be so much worse than it was. */
export const MOST_WORSE = 0.2;

/**
 * Each kept ratio beside the one of now. One that was not measured is skipped where something says why, else it is
 * missing, which is as bad as worse.
 */
export function compareRatios(
  kept: readonly Ratio[],
  now: readonly Ratio[],
  unmeasured: readonly Unmeasured[],
): Compared[] {
  const byName = new Map(now.map((ratio) => [ratio.name, ratio]));
  const compared = kept.map((before): Compared => {
    const { name } = before;
    const after = byName.get(name);
    const excuse = unmeasured.find(({ prefix }) => name.startsWith(prefix));
    if (after === undefined && excuse !== undefined) return { name, state: "skipped", line: excuse.why };
    if (after === undefined) return { name, state: "missing", line: "is kept, and was not measured" };
    const worse = worseBy(before, after);
    const change = worse > 0 ? `${percent(worse)} worse` : `${percent(-worse)} better`;
    const line = `${after.value.toFixed(2)}, was ${before.value.toFixed(2)}: ${change} (${before.better} is better)`;
    // A value that is no number is not held either.
    return { name, state: worse <= MOST_WORSE ? "held" : "worse", line };
  });
  const known = new Set(kept.map(({ name }) => name));
  const fresh = now.filter(({ name }) => !known.has(name));
  return [
    ...compared,
    ...fresh.map(({ name, value }): Compared => ({ name, state: "new", line: `${value.toFixed(2)}, not kept yet` })),
  ];
}

/** 0.25: a quarter worse; below 0: better. */
function worseBy(before: Ratio, after: Ratio): number {
  return (before.better === "lower" ? after.value / before.value : before.value / after.value) - 1;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

export function isHeld(compared: readonly Compared[]): boolean {
  return compared.every(({ state }) => state !== "worse" && state !== "missing");
}

export function renderCompared(compared: readonly Compared[]): string {
  const width = Math.max(0, ...compared.map(({ name }) => name.length)) + 2;
  return compared.map(({ name, state, line }) => `${state.padEnd(9)}${name.padEnd(width)}${line}`).join("\n");
}
