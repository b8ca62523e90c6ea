import { LATENCIES, measureField, RATES } from "../field/measure.ts";
import { isAhead, renderFieldReport } from "../field/report.ts";
import { end, MisuseError, whole, type Bench } from "../given.ts";

const USUAL_RUNS = 5;

/** Ours beside those who walk section by section, from the same server; a further word takes only contenders with it in their name. */
export const bench: Bench = {
  options: ["runs", "latency", "rate", "save"],
  words: 1,
  async run(given) {
    const measured = await measureField({
      latencies: given.values.latency === undefined ? LATENCIES : [whole(given, "latency", 0, 0)],
      rates: ratesOf(given.values.rate),
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

function ratesOf(said: string | undefined): readonly (number | null)[] {
  if (said === undefined) return RATES;
  if (said === "none") return [null];
  const rate = Number(said);
  if (said === "" || !(rate > 0 && rate < Infinity))
    throw new MisuseError(`--rate ${said}: requests per second, or none`);
  return [rate];
}
