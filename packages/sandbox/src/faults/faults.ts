import { systemClock, type Clock } from "@sofer/core";
import { Random } from "../random.ts";
import type { Endpoint } from "../stats.ts";
import { Limiter } from "./limiter.ts";
import type { FaultRule } from "./rule.ts";

interface ArmedRule {
  readonly rule: FaultRule;
  readonly seed: string;
  readonly limiter: Limiter | null;
  /** How often each path was asked. */
  readonly asked: Map<string, number>;
  fired: number;
}

/** A rule, and how often it has fired. */
export interface FiredRule {
  readonly rule: FaultRule;
  readonly fired: number;
}

/** Decides by the rules, in their order, whether a request goes wrong; the first that applies does. */
export class Faults {
  readonly #rules: readonly ArmedRule[];
  /** Connections that will never answer again. */
  readonly #dead = new Set<string>();

  constructor(rules: readonly FaultRule[], clock: Clock = systemClock) {
    this.#rules = rules.map((rule, at) => ({
      rule,
      seed: rule.seed ?? `fault ${at}`,
      limiter: rule.kind === "limit" ? new Limiter(rule, clock) : null,
      asked: new Map(),
      fired: 0,
    }));
  }

  /** @param socket address and port of the client */
  next(endpoint: Endpoint, path: string, socket: string): FaultRule | null {
    if (this.#dead.has(socket)) return { kind: "hang" };
    for (const armed of this.#rules) {
      if (!applies(armed, endpoint, path)) continue;
      armed.fired++;
      if (armed.rule.kind === "half-open") this.#dead.add(socket);
      return armed.rule;
    }
    return null;
  }

  /** What limits say in every answer they are for. */
  tell(endpoint: Endpoint, path: string, headers: Headers): void {
    for (const { rule, limiter } of this.#rules) if (isFor(rule, endpoint, path)) limiter?.tell(headers);
  }

  fired(): FiredRule[] {
    return this.#rules.map(({ rule, fired }) => ({ rule, fired }));
  }
}

function isFor(rule: FaultRule, endpoint: Endpoint, path: string): boolean {
  if (rule.endpoint !== undefined && rule.endpoint !== endpoint) return false;
  return rule.match === undefined || path.includes(rule.match);
}

function applies(armed: ArmedRule, endpoint: Endpoint, path: string): boolean {
  const { rule, seed, limiter, asked } = armed;
  if (armed.fired >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
  if (!isFor(rule, endpoint, path)) return false;
  const times = (asked.get(path) ?? 0) + 1;
  asked.set(path, times);
  if (limiter !== null && limiter.takes()) return false;
  return rule.percent === undefined || new Random(`${seed} ${path} ${times}`).chance(rule.percent / 100);
}
