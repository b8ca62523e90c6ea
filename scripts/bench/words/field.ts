import { measureField, USUAL, type Conditions } from "../field/measure.ts";
import { isAhead, renderFieldReport } from "../field/report.ts";
import { end, MisuseError, whole, type Bench, type Given } from "../given.ts";

const USUAL_RUNS = 5;

/** Ours beside those who walk section by section, from the same server; a further word takes only contenders with it in their name. */
export const bench: Bench = {
  options: ["runs", "latency", "rate", "save"],
  words: 1,
  async run(given) {
    const measured = await measureField({
      conditions: conditionsOf(given),
      runs: whole(given, "runs", USUAL_RUNS),
      wanted: given.words[0] ?? null,
      onRun: (line) => console.error(line),
    });
    if (measured.cells.length + measured.absent.length === 0) {
      throw new MisuseError(`nobody is called "${given.words[0]}"`);
    }
    await end(given, renderFieldReport(measured), measured, isAhead(measured));
  },
};

function conditionsOf(given: Given): readonly Conditions[] {
  const rate = rateOf(given.values.rate);
  const latencyMs = given.values.latency === undefined ? null : whole(given, "latency", 0, 0);
  const usual = USUAL.find((each) => each.latencyMs === latencyMs) ?? { rates: [null, 100] };
  const chosen = latencyMs === null ? USUAL : [{ ...usual, latencyMs }];
  return rate === undefined ? chosen : chosen.map((each) => ({ ...each, rates: [rate] }));
}

/** undefined: it was not said. */
function rateOf(said: string | undefined): number | null | undefined {
  if (said === undefined) return undefined;
  if (said === "none") return null;
  const rate = Number(said);
  if (said === "" || !(rate > 0 && rate < Infinity))
    throw new MisuseError(`--rate ${said}: requests per second, or none`);
  return rate;
}
