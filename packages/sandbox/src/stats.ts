export const ENDPOINTS = ["contents", "index", "shape", "texts", "versions", "other"] as const;
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
}

export interface LoggedRequest {
  /** Wall clock at arrival, milliseconds with fraction. */
  readonly atMs: number;
  readonly endpoint: Endpoint;
  /** Path and query as received. */
  readonly path: string;
}

/** Counts what arrives; the counts are the tests' evidence of what a client really sent. */
export class Meter {
  readonly #isLogging: boolean;
  #requests = emptyCounts();
  #inFlight = 0;
  #maxInFlight = 0;
  #sockets = new Set<string>();
  #bytes = 0;
  #faults = 0;
  #log: LoggedRequest[] = [];

  constructor(isLogging: boolean) {
    this.#isLogging = isLogging;
  }

  arrived(endpoint: Endpoint, path: string, socket: string): void {
    this.#requests[endpoint]++;
    this.#inFlight++;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
    this.#sockets.add(socket);
    if (this.#isLogging) this.#log.push({ atMs: performance.timeOrigin + performance.now(), endpoint, path });
  }

  faulted(): void {
    this.#faults++;
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
      faults: this.#faults,
    };
  }

  log(): readonly LoggedRequest[] {
    return [...this.#log];
  }

  /** What is in flight stays in flight. */
  reset(): void {
    this.#requests = emptyCounts();
    this.#maxInFlight = this.#inFlight;
    this.#sockets = new Set();
    this.#bytes = 0;
    this.#faults = 0;
    this.#log = [];
  }
}

function emptyCounts(): Record<Endpoint, number> {
  return { contents: 0, index: 0, shape: 0, texts: 0, versions: 0, other: 0 };
}
