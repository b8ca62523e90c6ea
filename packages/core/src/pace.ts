/**
 * The pace belongs to the host: one token bucket per host, shared by all workers, runs and libraries of a user.
 * A request may go only with a permit; a permit is good for a short while and for one sending (a retry needs another).
 */
export interface PaceSettings {
  /** Requests per second, all workers together; 0 = no pace (never on the publisher's own hosts). */
  readonly ratePerSecond: number;
  /** Most requests that may go at once after a quiet time. */
  readonly burst: number;
}

/** A host said "not now" (429, 503 with Retry-After, a block page). */
export interface Refusal {
  readonly host: string;
  readonly status: number;
  /** What the host asked for, or null. */
  readonly retryAfterMs: number | null;
  /** When the refused request was sent, wall clock, ms: what was sent before the pace was cut belongs to one burst. */
  readonly sentAtMs: number;
  /** What the answer's rate-limit headers say, where it has them. */
  readonly limit?: RateLimit;
}

/** What is known of the pace that a host bears, from its answers and refusals; shared by all that ask it. */
export interface RateState {
  /** Requests per second that it had accepted when it last refused; null: it has never refused. */
  readonly ceiling: number | null;
  /** Requests per second just after the last cut, and when that was (wall clock, ms). */
  readonly cutRate: number;
  readonly cutAtMs: number;
  /** Answers, each worth less the older it is (engine/pace/rate-control.ts). */
  readonly score: number;
  readonly scoredAtMs: number;
  /** When counting began. */
  readonly sinceMs: number;
}

/** What rate-limit headers say, in their legacy or draft form. */
export interface RateLimit {
  /** Requests a second that the host allows, or null when it does not say. */
  readonly ratePerSecond: number | null;
  /** Requests left in the present window, or null. */
  readonly remaining: number | null;
  /** ms until the window begins anew, or null. */
  readonly resetMs: number | null;
}

/**
 * How one sending ended, for the pace and the circuit breaker: `answered` with anything the host meant to say (a 404
 * too), or `troubled`: no connection, no answer in time, a broken answer, a 5xx. A refusal is neither.
 */
export interface SendingEnd {
  readonly host: string;
  readonly end: "answered" | "troubled";
  /** Of a good answer that carries them: a host that says how much is left need not be asked until it refuses. */
  readonly limit?: RateLimit;
}

/** What the http stack needs of the pace. In a worker it asks the coordinator; in the coordinator it is the bucket. */
export interface Pacer {
  /** Resolves when one request to `host` may be sent now. Rejects with the signal's reason. */
  permit(host: string, signal?: AbortSignal): Promise<void>;
  /** Tells everybody that the host refused; the next permits wait accordingly. */
  refused(refusal: Refusal): void;
  /** Tells how a sending ended; called once for each that was not refused. */
  ended(end: SendingEnd): void;
}

/** For hosts without a pace, and for tests. */
export const unpaced: Pacer = {
  permit: () => Promise.resolve(),
  refused: () => undefined,
  ended: () => undefined,
};
