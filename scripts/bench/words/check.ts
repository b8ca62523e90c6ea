import { existsSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { compareRatios, isHeld, MOST_WORSE, renderCompared, type Kept } from "../check/compare.ts";
import { GROUPS, INPUT } from "../check/measure.ts";
import { end, MisuseError, whole, type Bench } from "../given.ts";
import { renderRows } from "../report.ts";
import { machine } from "../setting.ts";

const KEPT = join(import.meta.dir, "..", "..", "..", "docs", "bench", "check.json");
const USUAL_ROUNDS = 5;

/** Ratios of now beside those that were kept; further words take groups only: floor, requests, start. */
export const bench: Bench = {
  options: ["check", "runs", "save"],
  words: Object.keys(GROUPS).length,
  async run(given) {
    const unknown = given.words.find((word) => !Object.hasOwn(GROUPS, word));
    if (unknown !== undefined) throw new MisuseError(`nothing to check is called ${unknown}: ${names().join(", ")}`);
    const wanted = given.words.length === 0 ? names() : given.words;
    const rounds = whole(given, "runs", USUAL_ROUNDS);
    const found = [];
    for (const word of wanted) {
      const measure = GROUPS[word];
      if (measure !== undefined) found.push(await measure(rounds));
    }
    const ratios = found.flatMap((group) => group.ratios);
    const kept = keptRatios().filter(({ name }) => wanted.some((word) => name.startsWith(`${word}, `)));
    const compared = compareRatios(
      kept,
      ratios,
      found.flatMap((group) => group.unmeasured),
    );
    const isGood = isHeld(compared);
    const words = isGood ? "no ratio is" : "THERE IS A RATIO";
    const measured = { date: new Date().toISOString().slice(0, 10), machine: machine(), rounds, ratios };
    const { cpu, cores, bun } = measured.machine;
    const report = [
      renderRows([
        ["date", measured.date],
        ["machine", `${cpu}, ${cores} cores, Bun ${bun}; load now ${(loadavg()[0] ?? 0).toFixed(2)}`],
        ["input", INPUT],
      ]),
      renderCompared(compared),
      `${words} more than ${100 * MOST_WORSE} % worse than kept, or missing`,
    ].join("\n\n");
    await end(given, report, measured, isGood);
  },
};

const names = (): string[] => Object.keys(GROUPS);

function keptRatios(): Kept["ratios"] {
  if (!existsSync(KEPT)) return [];
  return (JSON.parse(readFileSync(KEPT, "utf8")) as Kept).ratios;
}
