import { Random } from "./random.ts";
import { htmlAnswer, jsonAnswer, type Answer } from "./answers/answer.ts";
import { refusal } from "./bucket/listing.ts";
import { xmlError, type ObjectAnswer } from "./bucket/objects.ts";
import type { Endpoint } from "./stats.ts";

/**
 * | kind        | what the client gets                                                          |
 * |-------------|-------------------------------------------------------------------------------|
 * | `status`    | `status` (500) with an HTML page, Retry-After when asked for; from the bucket its own errors |
 * | `throttle`  | 429 with Retry-After                                                            |
 * | `html`      | an HTML page with status 200                                                    |
 * | `error`     | `{"error": …}` with status 200                                                  |
 * | `wrong-ref` | the right answer under another ref                                              |
 * | `cut`       | the body up to `atByte` (half of it), then the connection breaks off            |
 * | `slow`      | the right answer, `delayMs` (10,000) later                                      |
 * | `flip`      | the right length, with one byte changed at `atByte` (the middle): a wrong checksum |
 * | `truncate`  | the body up to `atByte` (half of it), as if it were whole: a torn gzip           |
 * | `replaced`  | an object that has got a new generation since it was listed                     |
 *
 * The last three are for the bucket's objects; `wrong-ref` is for the service alone.
 */
export type FaultKind =
  | "status"
  | "throttle"
  | "html"
  | "error"
  | "wrong-ref"
  | "cut"
  | "slow"
  | "flip"
  | "truncate"
  | "replaced";

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
  /**
   * 0-based position in the body as it is sent. With 0, `cut` closes the connection before the answer; Bun's own fetch
   * then asks again by itself when the connection was a kept one.
   */
  readonly atByte?: number;
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

/** The same for the bucket. `cut`, `slow` and `replaced` are done where the answer is made and sent. */
export function spoilObject(rule: FaultRule, answer: ObjectAnswer, endpoint: Endpoint): ObjectAnswer {
  if (rule.kind === "status" || rule.kind === "throttle") {
    const status = rule.status ?? (rule.kind === "status" ? 500 : 429);
    const error = endpoint === "listing" ? jsonError(status) : xmlError(status, "SandboxFault", "An error on demand.");
    const retryAfter = rule.retryAfter ?? (rule.kind === "throttle" ? 1 : null);
    if (retryAfter !== null) error.headers.set("retry-after", String(retryAfter));
    return error;
  }
  if (rule.kind === "html" || rule.kind === "error") {
    const { status, contentType, body } = spoil(rule, jsonAnswer(null));
    return { status, headers: new Headers({ "content-type": contentType }), body: Buffer.from(body) };
  }
  const { body } = answer;
  const at = Math.min(rule.atByte ?? Math.floor(body.byteLength / 2), body.byteLength);
  if (rule.kind === "truncate") return { ...answer, body: body.subarray(0, at) };
  if (rule.kind !== "flip" || at >= body.byteLength) return answer;
  const flipped = Buffer.from(body);
  flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
  return { ...answer, body: flipped };
}

function jsonError(status: number): ObjectAnswer {
  const { body } = refusal(status, "An error on demand");
  return {
    status,
    headers: new Headers({ "content-type": "application/json; charset=UTF-8" }),
    body: Buffer.from(JSON.stringify(body)),
  };
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
