/**
 * What can go wrong with an answer of `/v1/embeddings`.
 *
 * | kind              | what the client gets                                                        |
 * |-------------------|-----------------------------------------------------------------------------|
 * | `status`          | `status` (500) with an error object                                         |
 * | `throttle`        | 429 with `retryAfter` (1), seconds or any text                              |
 * | `refuse`          | 400, as for a text that is too long                                         |
 * | `error`           | an error object with status 200                                             |
 * | `short`           | the last vector is missing                                                  |
 * | `shuffle`         | the vectors in another order, each with its right index                     |
 * | `wrong-dimension` | the first vector has one number too many                                    |
 * | `not-finite`      | the first vector has a null, which is how JSON writes a number that is none |
 * | `zero`            | the first vector is all zero                                                |
 * | `hang`            | nothing, until the client goes                                              |
 */
export const EMBEDDING_FAULT_KINDS = [
  "status",
  "throttle",
  "refuse",
  "error",
  "short",
  "shuffle",
  "wrong-dimension",
  "not-finite",
  "zero",
  "hang",
] as const;
export type EmbeddingFaultKind = (typeof EMBEDDING_FAULT_KINDS)[number];

export interface EmbeddingFault {
  readonly kind: EmbeddingFaultKind;
  /** Only requests of which a text contains this; the faults of one vector befall that text's. */
  readonly match?: string;
  /** Share of these requests, 0..100; absent: all. Drawn from the seed, the texts, and how often they were asked. */
  readonly percent?: number;
  readonly seed?: string;
  /** At most so often; absent: without end. */
  readonly times?: number;
  readonly status?: number;
  readonly retryAfter?: number | string;
}

export class EmbeddingFaultError extends Error {
  override readonly name = "EmbeddingFaultError";
}

const KEYS: Readonly<Record<string, "string" | "number" | "either">> = {
  kind: "string",
  match: "string",
  percent: "number",
  seed: "string",
  times: "number",
  status: "number",
  retryAfter: "either",
};

/** @throws EmbeddingFaultError that names what no rule has */
export function readEmbeddingFaults(value: unknown): readonly EmbeddingFault[] {
  if (!Array.isArray(value)) throw new EmbeddingFaultError("faults of embeddings are a list of rules");
  return value.map((rule: unknown, at) => {
    if (typeof rule !== "object" || rule === null) throw new EmbeddingFaultError(`rule ${at + 1} is no object`);
    for (const [key, said] of Object.entries(rule)) {
      const kind = KEYS[key];
      const isRight =
        kind !== undefined && (typeof said === kind || (kind === "either" && /string|number/.test(typeof said)));
      if (!isRight) throw new EmbeddingFaultError(`rule ${at + 1}: "${key}" is no key of a rule, or has no such value`);
    }
    const kind: unknown = Reflect.get(rule, "kind");
    if (!EMBEDDING_FAULT_KINDS.some((known) => known === kind)) {
      throw new EmbeddingFaultError(`rule ${at + 1}: kind is one of ${EMBEDDING_FAULT_KINDS.join(", ")}`);
    }
    return rule as EmbeddingFault;
  });
}
