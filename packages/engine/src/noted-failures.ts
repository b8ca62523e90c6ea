import type { PlainError } from "@sofer/core";
import type { FailureRow } from "@sofer/store";
import type { RoadEnds } from "./road-ends.ts";

/** What has failed by name: each failure is said, and kept in the library, with how often and since when. */
export class NotedFailures {
  readonly #ends: RoadEnds;
  /** Failures so far, of earlier runs too, by unit id. */
  readonly #byUnit = new Map<string, Pick<FailureRow, "attempts" | "firstAt">>();
  readonly #titles = new Set<string>();

  constructor(ends: RoadEnds) {
    this.#ends = ends;
  }

  /** Titles of which something has failed in this run. */
  get titles(): ReadonlySet<string> {
    return this.#titles;
  }

  /** Failures of earlier runs. */
  remember(failures: readonly FailureRow[]): void {
    for (const { unitId, attempts, firstAt } of failures) this.#byUnit.set(unitId, { attempts, firstAt });
  }

  has(unitId: string): boolean {
    return this.#byUnit.has(unitId);
  }

  /** A book that is not to be brought, by name. */
  async ofBook(title: string, unitId: string, error: PlainError): Promise<void> {
    await this.note(unitId, title, title, error);
  }

  /** Says a failure and keeps it. */
  note(unitId: string, title: string, place: string, error: PlainError): Promise<void> {
    const { clock, writer, onEvent, runId } = this.#ends;
    const now = clock.now();
    const before = this.#byUnit.get(unitId);
    const noted = { attempts: (before?.attempts ?? 0) + 1, firstAt: before?.firstAt ?? now };
    this.#byUnit.set(unitId, noted);
    this.#titles.add(title);
    onEvent({ type: "unit-failed", unitId, title, place, error, ...noted });
    return writer.call("failUnit", runId(), unitId, title, place, error, now);
  }
}
