/** In a row, all workers together, without an answer between them. */
const MANY = 8;
/** Fewer are enough when nothing was answered for so long: a run's last unit has nobody beside it. */
const FEW = 3;
const LONG_MS = 3_000;
const FIRST_PROBE_MS = 1_000;
const MOST_BETWEEN_MS = 30_000;
/** A probe of which nothing is heard (its worker died) is not waited for any longer. Longer than any usual timeout. */
const LOST_PROBE_MS = 90_000;

/**
 * Closed: everybody goes. After repeated failures it opens: the host is down, everybody waits, and one probe goes at a
 * time, after 1, 2, 4 … 30 s; an answer closes it. Times are of a clock that never goes back.
 */
export class Breaker {
  #failures = 0;
  #troubledSinceMs = 0;
  #downSinceMs: number | null = null;
  #waitMs = FIRST_PROBE_MS;
  #nextProbeMs = 0;
  #probeSentMs: number | null = null;

  /** ms for which the host has been down; null: it is not. */
  downMs(nowMs: number): number | null {
    return this.#downSinceMs === null ? null : nowMs - this.#downSinceMs;
  }

  /** ms until a probe may go; null: everybody may. */
  waitMs(nowMs: number): number | null {
    if (this.#downSinceMs === null) return null;
    const probe = this.#probeSentMs;
    return Math.max(0, (probe === null ? this.#nextProbeMs : probe + LOST_PROBE_MS) - nowMs);
  }

  probeSent(nowMs: number): void {
    this.#probeSentMs = nowMs;
  }

  /** @returns ms for which it was down, when that has just ended. */
  answered(nowMs: number): number | null {
    const downMs = this.downMs(nowMs);
    this.#failures = 0;
    this.#downSinceMs = null;
    this.#probeSentMs = null;
    this.#waitMs = FIRST_PROBE_MS;
    return downMs;
  }

  /** @returns ms until the next probe, when the host has just been found down; null otherwise. */
  troubled(nowMs: number): number | null {
    if (this.#downSinceMs !== null) {
      // Others that were on their way when it opened say nothing new.
      if (this.#probeSentMs === null) return null;
      this.#probeSentMs = null;
      this.#waitMs = Math.min(MOST_BETWEEN_MS, this.#waitMs * 2);
      this.#nextProbeMs = nowMs + this.#waitMs;
      return null;
    }
    if (this.#failures++ === 0) this.#troubledSinceMs = nowMs;
    const isLong = this.#failures >= FEW && nowMs - this.#troubledSinceMs >= LONG_MS;
    if (this.#failures < MANY && !isLong) return null;
    this.#downSinceMs = this.#troubledSinceMs;
    this.#nextProbeMs = nowMs + this.#waitMs;
    return this.#waitMs;
  }
}
