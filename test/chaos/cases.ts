import type { FaultKind, FaultRule } from "@sofer/sandbox";

export const ROUTES = ["service", "bucket"] as const;
export type Route = (typeof ROUTES)[number];

/** What is done to a run: one kind of fault, how often, on which route, and how often it is killed meanwhile. */
export interface ChaosCase {
  readonly name: string;
  readonly route: Route;
  /** Percent of all requests. */
  readonly rate: number;
  readonly rules: readonly FaultRule[];
  /** Nobody is listened to for so long, once. */
  readonly outageMs: number;
  readonly kills: number;
}

/** Answers are this large here: what is larger is not swallowed. */
export const MAX_RESPONSE_MB = 2;
const OVERSIZE = 3 * 1024 * 1024;
/** The runs give up an answer after this. */
export const TIMEOUT_S = 1;
const LATE_MS = 30_000;

/** What a kind needs beside its name; kinds that are not here need nothing. */
const PARTS: Partial<Record<FaultKind, Partial<FaultRule>>> = {
  throttle: { retryAfter: 0 },
  oversize: { bytes: OVERSIZE },
  bomb: { bytes: OVERSIZE },
  slow: { delayMs: LATE_MS },
  "slow-body": { delayMs: LATE_MS },
  redirect: { location: "http://other.example/" },
};

const BOTH: readonly FaultKind[] = [
  "status",
  "throttle",
  "html",
  "error",
  "empty",
  "redirect",
  "truncate",
  "invalid-utf8",
  "oversize",
  "bomb",
  "cut",
  "reset",
  "slow",
  "slow-body",
  "hang",
  "hang-body",
  "half-open",
];
const KINDS: Readonly<Record<Route, readonly FaultKind[]>> = {
  service: [...BOTH, "wrong-ref"],
  bucket: [...BOTH, "flip", "replaced"],
};

export const kindsOf = (route: Route): readonly FaultKind[] => KINDS[route];

/** A connection that dies takes everything after it along: a twentieth of the rate is as bad as the others. */
const SHARE: Partial<Record<FaultKind, number>> = { "half-open": 0.2 };

function rulesFor(kind: FaultKind, rate: number): FaultRule[] {
  const percent = rate * (SHARE[kind] ?? 1);
  const rule = { kind, percent, seed: `${kind} ${rate}`, ...PARTS[kind] };
  // A generation that is new is new for the bucket's objects alone; the listing of it is no error.
  return kind === "replaced" ? [{ ...rule, endpoint: "objects" }] : [rule];
}

/** Every kind at every rate on both routes, `kills` in each. */
export function kindCases(rates: readonly number[], kills: (at: number) => number): ChaosCase[] {
  const cases: ChaosCase[] = [];
  for (const rate of rates) {
    for (const route of ROUTES) {
      for (const kind of KINDS[route]) {
        const rules = rulesFor(kind, rate);
        cases.push({ name: kind, route, rate, rules, outageMs: 0, kills: kills(cases.length) });
      }
    }
  }
  return cases;
}

/** What is no kind of a single answer. */
export function otherCases(outageMs: number, kills: number): ChaosCase[] {
  return ROUTES.flatMap((route): ChaosCase[] => {
    const one = { route, outageMs: 0, kills };
    const limit: FaultRule = { kind: "limit", perSecond: 20, burst: 10, retryAfter: 1 };
    const all = kindsOf(route).flatMap((kind) => rulesFor(kind, 1));
    return [
      { ...one, name: '1 % {"error"} in 200', rate: 1, rules: [{ kind: "error", percent: 1, seed: "one" }] },
      { ...one, name: `an outage of ${outageMs / 1000} s`, rate: 100, rules: [], outageMs },
      { ...one, name: "20 requests/s allowed", rate: 100, rules: [limit] },
      { ...one, name: "every kind at once, 1 % each", rate: all.length, rules: all },
      { ...one, name: "kills alone", rate: 0, rules: [], kills: kills * 3 },
    ];
  });
}
