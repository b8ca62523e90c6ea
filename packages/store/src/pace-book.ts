import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { RateState } from "@sofer/core";
import { withLibraryErrors } from "./database-error.ts";

export interface PaceLimits {
  /** Requests per second; 0 = no pace. */
  readonly ratePerSecond: number;
  /** Most tokens a bucket holds (the burst), at least 1. */
  readonly capacity: number;
}

export interface PaceGrant {
  readonly granted: number;
  /** ms until asking again can bring more; 0 when everything was granted. */
  readonly waitMs: number;
}

interface RateRow {
  readonly ceiling: number | null;
  readonly cut_rate: number;
  readonly cut_at: number;
  readonly score: number;
  readonly scored_at: number;
  readonly since: number;
}

interface HostRow {
  readonly tokens: number;
  readonly updated_at: number;
  readonly paused_until: number;
}

const TABLE = `CREATE TABLE IF NOT EXISTS host (
  host TEXT PRIMARY KEY, tokens REAL NOT NULL, updated_at REAL NOT NULL, paused_until REAL NOT NULL
)`;

const RATE_TABLE = `CREATE TABLE IF NOT EXISTS rate (
  host TEXT PRIMARY KEY, ceiling REAL, cut_rate REAL NOT NULL, cut_at REAL NOT NULL, score REAL NOT NULL,
  scored_at REAL NOT NULL, since REAL NOT NULL
)`;

/** ms a take may wait for another process's. The time it was given is at most this old when it is used. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * The per-user pace file: one row per host, shared by every process and library of a user, so that neither a crash loop
 * nor a second run can exceed a host's rate. Each take is one IMMEDIATE transaction. Fractional tokens, refilled by
 * elapsed wall time (the only clock that processes share), never above the capacity, whatever the clock does.
 */
export class PaceBook {
  readonly #database: Database;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.#database = withLibraryErrors(path, () => {
      mkdirSync(dirname(path), { recursive: true });
      const database = new Database(path, { create: true, readwrite: true });
      database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      // A killed process loses nothing without syncing; only a power cut could, and then a bucket starts anew.
      database.run("PRAGMA synchronous = OFF");
      // IMMEDIATE: two processes that both make the file would otherwise meet in an upgrade of their read locks.
      database
        .transaction(() => {
          database.run(TABLE);
          database.run(RATE_TABLE);
        })
        .immediate();
      return database;
    });
  }

  /** Takes up to `want` whole tokens of a host. A new host starts with one, so that a restart is no burst. */
  take(host: string, limits: PaceLimits, want: number, nowMs: number): PaceGrant {
    return this.#immediate(() => {
      const row = this.#row(host, limits, nowMs);
      if (row.paused_until > nowMs) return { granted: 0, waitMs: Math.ceil(row.paused_until - nowMs) };
      if (limits.ratePerSecond <= 0) return { granted: want, waitMs: 0 };
      const { tokens, updatedAt } = refill(row, limits, nowMs);
      const granted = Math.max(0, Math.min(Math.floor(want), Math.floor(tokens + 1e-9)));
      const left = Math.max(0, tokens - granted);
      this.#write(host, left, updatedAt, row.paused_until);
      const missing = granted >= want ? 0 : Math.max(0, 1 - left);
      return { granted, waitMs: Math.ceil((missing / limits.ratePerSecond) * 1000) };
    });
  }

  /** Nobody asks the host before `untilMs`; afterwards it starts without a saved-up burst. Never shortens a pause. */
  pause(host: string, untilMs: number, nowMs: number): void {
    this.#immediate(() => {
      const row = this.#row(host, { ratePerSecond: 0, capacity: 1 }, nowMs);
      if (row.paused_until >= untilMs) return;
      this.#write(host, 0, Math.max(row.updated_at, untilMs), untilMs);
    });
  }

  /** Ends the pause that lasts until `untilMs`, for everybody; another one stays. */
  endPause(host: string, untilMs: number): void {
    withLibraryErrors(this.#path, () => {
      this.#database.query("UPDATE host SET paused_until = 0 WHERE host = ? AND paused_until = ?").run(host, untilMs);
    });
  }

  /** When the host may be asked again, ms since the epoch, or null when it is not paused. */
  pausedUntil(host: string, nowMs: number): number | null {
    return withLibraryErrors(this.#path, () => {
      const row = this.#database.query<HostRow, [string]>("SELECT * FROM host WHERE host = ?").get(host);
      return row !== null && row.paused_until > nowMs ? row.paused_until : null;
    });
  }

  /** What is known of the pace that a host bears; null: nothing yet. */
  rateState(host: string): RateState | null {
    return withLibraryErrors(this.#path, () => {
      const row = this.#database.query<RateRow, [string]>("SELECT * FROM rate WHERE host = ?").get(host);
      if (row === null) return null;
      const { ceiling, cut_rate, cut_at, score, scored_at, since } = row;
      return { ceiling, cutRate: cut_rate, cutAtMs: cut_at, score, scoredAtMs: scored_at, sinceMs: since };
    });
  }

  /** Changes it, in one transaction with the reading; returns what it is now. */
  changeRate(host: string, change: (state: RateState | null) => RateState): RateState {
    return this.#immediate(() => {
      const state = change(this.rateState(host));
      const { ceiling, cutRate, cutAtMs, score, scoredAtMs, sinceMs } = state;
      this.#database
        .query(
          "INSERT OR REPLACE INTO rate (host, ceiling, cut_rate, cut_at, score, scored_at, since) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .run(host, ceiling, cutRate, cutAtMs, score, scoredAtMs, sinceMs);
      return state;
    });
  }

  close(): void {
    this.#database.close();
  }

  #immediate<T>(work: () => T): T {
    return withLibraryErrors(this.#path, () => this.#database.transaction(work).immediate());
  }

  #row(host: string, limits: PaceLimits, nowMs: number): HostRow {
    const row = this.#database.query<HostRow, [string]>("SELECT * FROM host WHERE host = ?").get(host);
    return row ?? { tokens: Math.min(1, limits.capacity), updated_at: nowMs, paused_until: 0 };
  }

  #write(host: string, tokens: number, updatedAt: number, pausedUntil: number): void {
    this.#database
      .query(
        "INSERT INTO host (host, tokens, updated_at, paused_until) VALUES (?, ?, ?, ?) ON CONFLICT (host) DO UPDATE SET tokens = excluded.tokens, updated_at = excluded.updated_at, paused_until = excluded.paused_until",
      )
      .run(host, tokens, updatedAt, pausedUntil);
  }
}

/**
 * Tokens now. A clock that went back refills nothing. A small step back is a process whose time was read before it
 * waited for another's take: the later time stays, or the same milliseconds would be paid out twice. A larger one is a
 * clock that was set: counting goes on from there, or the host would wait until the clock has caught up.
 */
function refill(row: HostRow, limits: PaceLimits, nowMs: number): { tokens: number; updatedAt: number } {
  const capacity = Math.max(1, limits.capacity);
  const elapsedMs = nowMs - row.updated_at;
  if (elapsedMs < 0) {
    return { tokens: Math.min(capacity, row.tokens), updatedAt: elapsedMs < -BUSY_TIMEOUT_MS ? nowMs : row.updated_at };
  }
  return { tokens: Math.min(capacity, row.tokens + (elapsedMs / 1000) * limits.ratePerSecond), updatedAt: nowMs };
}
