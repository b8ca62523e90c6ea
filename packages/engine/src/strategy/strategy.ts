import type { Settings, TextAnswer, TextSource, TextUnit } from "@sofer/core";
import type { Effort } from "../open-files.ts";
import { few } from "./few.ts";
import { walkProcesses, walkThreads } from "./walk.ts";

/**
 * A **strategy** is the pattern of requests by which a unit's text comes from the web service: `few` large ones, which is
 * how this program works, or one of the **walks**, which ask section by section as other programs do and are there to be
 * compared with. Whatever the pattern, the same unit brings the same text, and everything after the answer is the same.
 */
export interface Strategy {
  /** What is at work at once, of what the settings allow. */
  effort(allowed: Effort): StrategyEffort;
  /** True: a failed request is sent again where it failed. False: its unit is given back, and waits in the coordinator. */
  readonly retriesInPlace: boolean;
  /** Requests for the text of a leaf, or of a part of it. */
  requests(part: LeafPart): number;
  /** Brings a unit's text. @throws SoferError as a source does */
  text(unit: TextUnit, ends: StrategyEnds): Promise<TextAnswer>;
}

export interface StrategyEffort extends Effort {
  /** Units that one worker has in hand at once. */
  readonly maxUnits: number;
}

export interface StrategyEnds {
  readonly source: TextSource;
  /** Most requests that one unit may have in flight. */
  readonly maxConcurrentRequests: number;
}

export type LeafPart = Pick<TextUnit, "leaf" | "shape" | "range">;
export type StrategyName = Settings["strategy"];

const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  few,
  "walk-threads": walkThreads,
  "walk-processes": walkProcesses,
};

export function strategyOf(name: StrategyName): Strategy {
  return STRATEGIES[name];
}
