import { WAYS_OUT } from "./ways-out.ts";

/**
 * Errors are named after what happens next, not after where they were noticed.
 *
 * | next    | what the run does                                                              |
 * |---------|--------------------------------------------------------------------------------|
 * | `retry` | sends the same request again, after a back-off; costs one of the attempts       |
 * | `later` | the host asked for a pause: everybody waits; costs no attempt                    |
 * | `split` | the answer was too large or too slow: the planner cuts the unit and goes on; a batch for an embedder or a sink is halved |
 * | `relist` | the bucket holds something else than was listed: its folder is listed again and the book planned anew |
 * | `never` | the unit is marked failed, by name; the run goes on and ends with exit code 1    |
 * | `stop`  | the run ends now, progress kept, with the error's exit code                      |
 */
export type NextStep = "retry" | "later" | "split" | "relist" | "never" | "stop";

/** Exit codes of every verb (design: 0 whole, 1 named failures, 2 usage, 3 source, 4 library, 130 interrupted). */
export const ExitCode = {
  whole: 0,
  failures: 1,
  usage: 2,
  source: 3,
  library: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What an error looks like in a message between processes, in the failure table and in the error log. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly next: NextStep;
  readonly message: string;
  /** The way out, one sentence, or "". */
  readonly hint: string;
  readonly url: string | null;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  /** Messages of the causes, outermost first. */
  readonly causes: readonly string[];
}

/** Each code says what happened; the table says what follows from it. */
const steps = {
  // The wire.
  network: "retry",
  timeout: "retry",
  "server-error": "retry",
  "body-cut": "retry",
  /** The host's certificate is not to be trusted; asking again changes nothing. */
  tls: "never",
  throttled: "later",
  "too-large": "split",
  "too-slow": "split",
  // Objects of the bucket against their listing.
  checksum: "retry",
  replaced: "relist",
  // Answers that are not what was asked for (sefaria-api, "Suggested checks in code").
  "error-in-200": "never",
  "not-json": "retry",
  "wrong-ref": "never",
  "wrong-depth": "never",
  "empty-where-promised": "never",
  "wire-shape": "never",
  "not-found": "never",
  refused: "never",
  // Books we cannot address.
  "virtual-node": "never",
  "unknown-address-type": "never",
  "ambiguous-title": "never",
  // Embedders and sinks.
  "bad-vectors": "retry",
  "item-refused": "split",
  "bad-item": "never",
  unauthorized: "stop",
  mismatch: "stop",
  // Our own promises.
  "not-conserved": "never",
  "too-many-vanish": "never",
  "worker-crashed": "retry",
  // The run cannot go on.
  usage: "stop",
  "over-budget": "stop",
  unreachable: "stop",
  hopeless: "stop",
  library: "stop",
  locked: "stop",
  newer: "stop",
  disk: "stop",
  interrupted: "stop",
  internal: "stop",
} as const satisfies Record<string, NextStep>;
export type ErrorCode = keyof typeof steps;

/** What to do about an error of which nobody said anything better. */
const waysOut: Readonly<Record<ErrorCode, string>> = WAYS_OUT;

/** Of an error that ends a run. One of a single unit ends none: what the wire says then concerns everything asked for. */
const exitCodes: Partial<Record<ErrorCode, ExitCode>> = {
  network: ExitCode.source,
  timeout: ExitCode.source,
  "server-error": ExitCode.source,
  "body-cut": ExitCode.source,
  tls: ExitCode.source,
  throttled: ExitCode.source,
  checksum: ExitCode.source,
  replaced: ExitCode.source,
  "error-in-200": ExitCode.source,
  "not-json": ExitCode.source,
  "wire-shape": ExitCode.source,
  "not-found": ExitCode.source,
  refused: ExitCode.source,
  usage: ExitCode.usage,
  "over-budget": ExitCode.usage,
  mismatch: ExitCode.usage,
  unauthorized: ExitCode.source,
  unreachable: ExitCode.source,
  hopeless: ExitCode.source,
  library: ExitCode.library,
  locked: ExitCode.library,
  newer: ExitCode.library,
  disk: ExitCode.library,
  interrupted: ExitCode.interrupted,
};

export interface ErrorFields {
  /** Absent: what is usually to be done about this code. "": the message says it all. */
  hint?: string;
  url?: string;
  status?: number;
  retryAfterMs?: number;
  cause?: unknown;
}

/** The one error class. Fields, not message text, carry what code decides on. */
export class SoferError extends Error {
  override readonly name = "SoferError";
  readonly code: ErrorCode;
  readonly next: NextStep;
  readonly hint: string;
  readonly url: string | null;
  readonly status: number | null;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.next = steps[code];
    this.hint = fields.hint ?? waysOut[code];
    this.url = fields.url ?? null;
    this.status = fields.status ?? null;
    this.retryAfterMs = fields.retryAfterMs ?? null;
  }

  /** The process's exit code when this error ends a run. */
  get exitCode(): ExitCode {
    return exitCodes[this.code] ?? ExitCode.failures;
  }
}

/** Any thrown value as plain data; a foreign error becomes `internal`. */
export function toPlainError(thrown: unknown): PlainError {
  const causes: string[] = [];
  let cause = thrown instanceof Error ? thrown.cause : undefined;
  for (let depth = 0; cause !== undefined && depth < 8; depth++) {
    causes.push(cause instanceof Error ? cause.message : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (thrown instanceof SoferError) {
    const { code, next, message, hint, url, status, retryAfterMs } = thrown;
    return { code, next, message, hint, url, status, retryAfterMs, causes };
  }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return {
    code: "internal",
    next: "stop",
    message,
    hint: waysOut.internal,
    url: null,
    status: null,
    retryAfterMs: null,
    causes: thrown instanceof Error && thrown.stack ? [thrown.stack, ...causes] : causes,
  };
}

/** The error again, on the other side of a message. */
export function fromPlainError(plain: PlainError): SoferError {
  const fields: ErrorFields = { hint: plain.hint };
  if (plain.url !== null) fields.url = plain.url;
  if (plain.status !== null) fields.status = plain.status;
  if (plain.retryAfterMs !== null) fields.retryAfterMs = plain.retryAfterMs;
  let cause: Error | undefined;
  for (const message of plain.causes.toReversed()) cause = new Error(message, cause === undefined ? {} : { cause });
  if (cause !== undefined) fields.cause = cause;
  return new SoferError(plain.code, plain.message, fields);
}
