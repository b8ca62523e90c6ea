import { requestOf } from "./request.ts";
import type { Strategy } from "./strategy.ts";

/** Few, large requests: one for each unit (design 2.7). */
export const few: Strategy = {
  effort: ({ maxWorkers, maxConcurrentRequests }) => ({
    maxWorkers,
    maxConcurrentRequests,
    maxUnits: maxConcurrentRequests,
  }),
  retriesInPlace: false,
  requests: () => 1,
  text: (unit, { source }) => source.text(requestOf(unit, unit.range)),
};
