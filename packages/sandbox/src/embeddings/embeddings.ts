import type { Clock } from "@sofer/core";
import { Random } from "../random.ts";
import type { EmbeddingFault } from "./rule.ts";
import { wordVector } from "./vector.ts";

export interface EmbeddingStats {
  readonly requests: number;
  /** Texts in these requests, answered or not. */
  readonly texts: number;
  /** Texts that were answered with a right vector, each as often as it was. */
  readonly embedded: number;
  /** Different texts among all. */
  readonly distinct: number;
  readonly inFlight: number;
  readonly maxInFlight: number;
  /** Texts of the largest request. */
  readonly maxTexts: number;
  readonly faults: number;
}

interface Item {
  readonly object: "embedding";
  readonly index: number;
  readonly embedding: readonly (number | null)[];
}

/** Numbers in a vector when the request does not say. */
const DIMENSIONS = 64;
/** Dimensions that are believed; more is a mistake of the client. */
const MAX_DIMENSIONS = 4096;

/** The embeddings endpoint as OpenAI documents it, and as the servers that copy it answer; it counts what it is asked. */
export class Embeddings {
  readonly #clock: Clock;
  #rules: { readonly rule: EmbeddingFault; fired: number }[] = [];
  #asked = new Map<string, number>();
  #distinct = new Set<string>();
  #stats = { requests: 0, texts: 0, embedded: 0, inFlight: 0, maxInFlight: 0, maxTexts: 0, faults: 0 };

  constructor(clock: Clock, faults: readonly EmbeddingFault[] = []) {
    this.#clock = clock;
    this.setFaults(faults);
  }

  setFaults(faults: readonly EmbeddingFault[]): void {
    this.#rules = faults.map((rule) => ({ rule, fired: 0 }));
    this.#asked = new Map();
  }

  stats(): EmbeddingStats {
    return { ...this.#stats, distinct: this.#distinct.size };
  }

  /** What is in flight stays in flight. */
  reset(): void {
    const { inFlight } = this.#stats;
    this.#stats = { requests: 0, texts: 0, embedded: 0, inFlight, maxInFlight: inFlight, maxTexts: 0, faults: 0 };
    this.#distinct = new Set();
  }

  /** @param delayMs before the answer */
  async answer(request: Request, delayMs: number): Promise<Response> {
    const asked = readRequest(await request.text());
    if (typeof asked === "string") return errorResponse(400, asked);
    const { texts, dimensions, model } = asked;
    const stats = this.#stats;
    stats.requests++;
    stats.texts += texts.length;
    stats.maxTexts = Math.max(stats.maxTexts, texts.length);
    stats.maxInFlight = Math.max(stats.maxInFlight, ++stats.inFlight);
    for (const text of texts) this.#distinct.add(text);
    try {
      if (delayMs > 0) await this.#clock.sleep(delayMs);
      const fault = this.#nextFault(texts);
      if (fault !== null) stats.faults++;
      const refused = fault === null ? null : await refusal(fault, request);
      if (refused !== null) return refused;
      const right = texts.map((text, index): Item => ({
        object: "embedding",
        index,
        embedding: wordVector(text, dimensions),
      }));
      const data = fault === null ? right : spoilt(fault, right, texts);
      stats.embedded += data.filter((item) => item.embedding === right[item.index]?.embedding).length;
      const tokens = texts.reduce((sum, text) => sum + Math.ceil(Buffer.byteLength(text) / 4), 0);
      return Response.json({ object: "list", data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } });
    } finally {
      this.#stats.inFlight--;
    }
  }

  #nextFault(texts: readonly string[]): EmbeddingFault | null {
    for (const [at, armed] of this.#rules.entries()) {
      const { rule } = armed;
      const { match, percent, times } = rule;
      if (match !== undefined && !texts.some((text) => text.includes(match))) continue;
      if (times !== undefined && armed.fired >= times) continue;
      if (percent !== undefined) {
        const draw = `${rule.seed ?? ""} ${at} ${Bun.hash(texts.join("\n"))}`;
        const before = this.#asked.get(draw) ?? 0;
        this.#asked.set(draw, before + 1);
        if (new Random(`${draw} ${before}`).next() * 100 >= percent) continue;
      }
      armed.fired++;
      return rule;
    }
    return null;
  }
}

interface Asked {
  readonly texts: readonly string[];
  readonly dimensions: number;
  readonly model: string;
}

/** Or what is wrong with it. */
function readRequest(body: string): Asked | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return "the request is not JSON";
    throw error;
  }
  const { input, dimensions = DIMENSIONS, model } = (value ?? {}) as Record<string, unknown>;
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  if (typeof model !== "string" || model === "") return "you must provide a model parameter";
  if (texts.length === 0 || !texts.every((text) => typeof text === "string" && text !== "")) {
    return "'$.input' is invalid: it must be texts that are not empty";
  }
  if (
    typeof dimensions !== "number" ||
    !Number.isInteger(dimensions) ||
    dimensions < 1 ||
    dimensions > MAX_DIMENSIONS
  ) {
    return "'dimensions' is invalid";
  }
  return { texts: texts as string[], dimensions, model };
}

function errorResponse(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json(
    { error: { message, type: "invalid_request_error", param: null, code: null } },
    { status, headers },
  );
}

/** The answer of a fault that brings no vectors; null: it brings some. */
async function refusal(fault: EmbeddingFault, request: Request): Promise<Response | null> {
  switch (fault.kind) {
    case "status":
      return errorResponse(fault.status ?? 500, "the sandbox was told to fail");
    case "throttle":
      return errorResponse(429, "rate limit reached", { "retry-after": String(fault.retryAfter ?? 1) });
    case "refuse":
      return errorResponse(400, "this model's maximum context length is exceeded");
    case "error":
      return errorResponse(200, "the sandbox was told to fail");
    case "hang":
      await new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve(), { once: true }));
      return errorResponse(499, "the client has gone");
    default:
      return null;
  }
}

function spoilt(fault: EmbeddingFault, right: readonly Item[], texts: readonly string[]): Item[] {
  const { match } = fault;
  const victim = match === undefined ? 0 : texts.findIndex((text) => text.includes(match));
  const alter = (change: (item: Item) => Item) => right.map((item, at) => (at === victim ? change(item) : item));
  switch (fault.kind) {
    case "short":
      return right.slice(0, -1);
    case "shuffle":
      return right.toReversed();
    case "wrong-dimension":
      return alter((item) => ({ ...item, embedding: [...item.embedding, 0.5] }));
    case "not-finite":
      return alter((item) => ({ ...item, embedding: [null, ...item.embedding.slice(1)] }));
    case "zero":
      return alter((item) => ({ ...item, embedding: item.embedding.map(() => 0) }));
    default:
      return [...right];
  }
}
