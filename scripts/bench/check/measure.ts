import { measureField } from "../field/measure.ts";
import { fieldRatios } from "../field/report.ts";
import { measureFloor, ROUTES } from "../floor/measure.ts";
import { leastRatio } from "../floor/report.ts";
import { HELP, measureStart, STATUS } from "../start/measure.ts";
import { startRatios } from "../start/report.ts";
import type { Ratio, Unmeasured } from "./compare.ts";

/** Generated books, so that it runs anywhere: 60 of every structure, large enough that an ingest is not all start. */
const LIBRARY = "60x4";
const WORKERS = 4;
export const INPUT = `generated library of ${LIBRARY.split("x")[0]} books, ${WORKERS} workers; the field's books`;
const STARTS = 20;

export interface CheckMeasured {
  readonly ratios: readonly Ratio[];
  readonly unmeasured: readonly Unmeasured[];
}

type Measure = (rounds: number) => Promise<CheckMeasured>;

/** Groups of ratios; the names of a group's ratios begin with the group's. */
export const GROUPS: Readonly<Record<string, Measure>> = { floor, requests, start };

async function floor(rounds: number): Promise<CheckMeasured> {
  const choice = { corpus: LIBRARY, workers: WORKERS, books: null, latencyMs: 0 };
  const { routes } = await measureFloor({ ...choice, rounds, routes: ROUTES });
  const ratios = routes.flatMap(({ route, rounds: done }): Ratio[] => {
    const [wall, cpu] = [leastRatio(done, "wallSeconds"), leastRatio(done, "cpuSeconds")];
    // Without a ratio what is kept goes missing, which fails the check.
    if (wall === null || cpu === null) return [];
    return [
      { name: `floor, ${route}: wall`, value: wall, better: "lower" },
      { name: `floor, ${route}: CPU`, value: cpu, better: "lower" },
    ];
  });
  return { ratios, unmeasured: [] };
}

/** Counted, not timed: one run says it. */
async function requests(): Promise<CheckMeasured> {
  const measured = await measureField({ conditions: [{ latencyMs: 0, rates: [null] }], runs: 0 });
  const ratios = fieldRatios(measured).map(({ ours, other, requests: value }): Ratio => ({
    name: `requests, ${other}: times those of ${ours}`,
    value,
    better: "higher",
  }));
  return { ratios, unmeasured: measured.absent.map(({ name, why }) => ({ prefix: `requests, ${name}:`, why })) };
}

/** By CPU, which what else runs on the machine changes least. */
async function start(): Promise<CheckMeasured> {
  const ratios = startRatios(await measureStart({ runs: STARTS, verbs: false }), "cpuMs");
  return {
    ratios: [HELP, STATUS].map((name) => ({
      name: `start, ${name}: times the runtime's CPU`,
      value: ratios.get(name) ?? Number.NaN,
      better: "lower",
    })),
    unmeasured: [],
  };
}
