import { OBJECT_KINDS, type ObjectKind } from "./bucket/book-files.ts";
import type { BucketRequest } from "./bucket/route.ts";
import type { FaultKind } from "./faults/rule.ts";

/** The service's endpoints, and the bucket's two: pages of the listing, and objects (with the index of all files). */
export const ENDPOINTS = [
  "contents",
  "index",
  "shape",
  "texts",
  "versions",
  "related",
  "listing",
  "objects",
  "other",
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

export interface Stats {
  /** Requests by endpoint since the start or the last reset. */
  readonly requests: Readonly<Record<Endpoint, number>>;
  readonly total: number;
  readonly inFlight: number;
  readonly maxInFlight: number;
  /** Distinct client sockets seen. */
  readonly connections: number;
  /** Bytes of the bodies sent, UTF-8, before the wire. */
  readonly bytes: number;
  readonly faults: number;
  /** Of these, how many of each kind. */
  readonly faultsByKind: Readonly<Partial<Record<FaultKind, number>>>;
  /** Objects asked for that are there, by kind. */
  readonly objects: Readonly<Record<ObjectKind, number>>;
  /** Answers with a part of an object (206). */
  readonly ranges: number;
  /** Answers "not modified" (304). */
  readonly notModified: number;
}

export interface LoggedRequest {
  /** Wall clock at arrival, milliseconds with fraction. */
  readonly atMs: number;
  readonly endpoint: Endpoint;
  /** Path and query as received. */
  readonly path: string;
  /** Name of the object asked for, decoded; of the bucket's requests only. */
  readonly object?: string;
}

/** Counts what arrives; the counts are the tests' evidence of what a client really sent. */
export class Meter {
  readonly #isLogging: boolean;
  #requests = countsOf(ENDPOINTS);
  #objects = countsOf(OBJECT_KINDS);
  #ranges = 0;
  #notModified = 0;
  #inFlight = 0;
  #maxInFlight = 0;
  #sockets = new Set<string>();
  #bytes = 0;
  #faults: Partial<Record<FaultKind, number>> = {};
  #log: LoggedRequest[] = [];

  constructor(isLogging: boolean) {
    this.#isLogging = isLogging;
  }

  arrived(endpoint: Endpoint, path: string, socket: string, asked: BucketRequest | null): void {
    this.#requests[endpoint]++;
    this.#inFlight++;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
    this.#sockets.add(socket);
    if (!this.#isLogging) return;
    const object = asked?.kind === "object" && asked.name !== null ? { object: asked.name } : {};
    this.#log.push({ atMs: performance.timeOrigin + performance.now(), endpoint, path, ...object });
  }

  objectSent(kind: ObjectKind, status: number): void {
    this.#objects[kind]++;
    if (status === 206) this.#ranges++;
    if (status === 304) this.#notModified++;
  }

  faulted(kind: FaultKind): void {
    this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
  }

  left(bytes: number): void {
    this.#inFlight--;
    this.#bytes += bytes;
  }

  stats(): Stats {
    const total = Object.values(this.#requests).reduce((sum, count) => sum + count, 0);
    return {
      requests: { ...this.#requests },
      total,
      inFlight: this.#inFlight,
      maxInFlight: this.#maxInFlight,
      connections: this.#sockets.size,
      bytes: this.#bytes,
      faults: Object.values(this.#faults).reduce((sum, count) => sum + count, 0),
      faultsByKind: { ...this.#faults },
      objects: { ...this.#objects },
      ranges: this.#ranges,
      notModified: this.#notModified,
    };
  }

  log(): readonly LoggedRequest[] {
    return [...this.#log];
  }

  /** What is in flight stays in flight. */
  reset(): void {
    this.#requests = countsOf(ENDPOINTS);
    this.#objects = countsOf(OBJECT_KINDS);
    this.#ranges = 0;
    this.#notModified = 0;
    this.#maxInFlight = this.#inFlight;
    this.#sockets = new Set();
    this.#bytes = 0;
    this.#faults = {};
    this.#log = [];
  }
}

function countsOf<T extends string>(names: readonly T[]): Record<T, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<T, number>;
}
