import { Random } from "./random.ts";
import { htmlAnswer, jsonAnswer, type Answer } from "./answers/answer.ts";
import { xmlError, type ObjectAnswer } from "./bucket/objects.ts";
import type { Endpoint } from "./stats.ts";

/**
 * | kind        | what the client gets                                              |
 * |-------------|-------------------------------------------------------------------|
 * | `status`    | `status` (500) with an HTML page, Retry-After when asked for        |
 * | `throttle`  | 429 with Retry-After                                                |
 * | `html`      | an HTML page with status 200                                        |
 * | `error`     | `{"error": …}` with status 200                                      |
 * | `wrong-ref` | the right answer under another ref                                  |
 * | `cut`       | half the body, then the connection breaks off                       |
 * | `slow`      | the right answer, `delayMs` (10,000) later                          |
 */
export type FaultKind = "status" | "throttle" | "html" | "error" | "wrong-ref" | "cut" | "slow";

export interface FaultRule {
  readonly kind: FaultKind;
  /** Only this endpoint; absent: all. */
  readonly endpoint?: Endpoint;
  /** Only paths (decoded, with query) that contain this. */
  readonly match?: string;
  /** Share of the matching requests, 0..100; absent: all. */
  readonly percent?: number;
  readonly seed?: string;
  /** At most so often; absent: without end. */
  readonly times?: number;
  readonly status?: number;
  /** Seconds, sent as Retry-After. */
  readonly retryAfter?: number;
  readonly delayMs?: number;
}

interface ArmedRule {
  readonly rule: FaultRule;
  readonly random: Random;
  left: number;
}

/** Decides by the rules, in their order, whether a request goes wrong; the first that applies does. */
export class Faults {
  readonly #rules: readonly ArmedRule[];

  constructor(rules: readonly FaultRule[]) {
    this.#rules = rules.map((rule, at) => ({
      rule,
      random: new Random(rule.seed ?? `fault ${at}`),
      left: rule.times ?? Number.POSITIVE_INFINITY,
    }));
  }

  next(endpoint: Endpoint, path: string): FaultRule | null {
    for (const armed of this.#rules) {
      const { rule } = armed;
      if (armed.left <= 0) continue;
      if (rule.endpoint !== undefined && rule.endpoint !== endpoint) continue;
      if (rule.match !== undefined && !path.includes(rule.match)) continue;
      if (rule.percent !== undefined && !armed.random.chance(rule.percent / 100)) continue;
      armed.left--;
      return rule;
    }
    return null;
  }
}

/** The same for the bucket: errors in place of an object or a page. */
export function spoilObject(rule: FaultRule, answer: ObjectAnswer): ObjectAnswer {
  if (rule.kind === "status" || rule.kind === "throttle") {
    const error = xmlError(rule.status ?? (rule.kind === "status" ? 500 : 429), "Fault", "The sandbox was told so.");
    const retryAfter = rule.retryAfter ?? (rule.kind === "throttle" ? 1 : null);
    if (retryAfter !== null) error.headers.set("retry-after", String(retryAfter));
    return error;
  }
  return answer;
}

/** What is sent under a fault instead of, or made of, the right answer. `cut` is done where the body is sent. */
export function spoil(rule: FaultRule, answer: Answer): Answer {
  if (rule.kind === "status") return htmlAnswer(rule.status ?? 500, "Server Error");
  if (rule.kind === "throttle") return htmlAnswer(rule.status ?? 429, "Too Many Requests");
  if (rule.kind === "html") return htmlAnswer(200, "One moment, please");
  if (rule.kind === "error") return jsonAnswer({ error: "An error the sandbox was told to give" });
  if (rule.kind === "wrong-ref") {
    return { ...answer, body: answer.body.replace(/"ref":"(?:[^"\\]|\\.)*"/, '"ref":"Another Place 1"') };
  }
  return answer;
}
