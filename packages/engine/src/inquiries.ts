import { fromPlainError, SoferError, type ContentsEntry, type PlainError, type Unit } from "@sofer/core";
import type { UnitMessage, WorkerPool } from "./worker-pool.ts";

interface ReadContents {
  readonly entries: readonly ContentsEntry[];
  readonly root: string | null;
}

/** By unit id. */
interface Asked {
  readonly answers: ReadonlyMap<string, UnitMessage>;
  readonly errors: ReadonlyMap<string, PlainError>;
}

/**
 * What only the planning needs: nothing of it goes into the library, and a failure is the asker's business. It is
 * brought by workers, as everything: the coordinator itself holds no connection.
 */
export class Inquiries {
  readonly #pool: Pick<WorkerPool, "add" | "drained">;
  /** Units whose answers only the asker wants. */
  readonly #asked = new Set<string>();
  readonly #answers = new Map<string, UnitMessage>();
  readonly #errors = new Map<string, PlainError>();

  constructor(pool: Pick<WorkerPool, "add" | "drained">) {
    this.#pool = pool;
  }

  has(unitId: string): boolean {
    return this.#asked.has(unitId);
  }

  answered(unitId: string, message: UnitMessage): void {
    this.#answers.set(unitId, message);
  }

  failed(unitId: string, error: PlainError): void {
    this.#errors.set(unitId, error);
  }

  /** Brings the table of contents. */
  async contents(source: "service" | "bucket", root: string | null = null): Promise<ReadContents> {
    const id = `contents:${source}`;
    const { answers, errors } = await this.ask([{ kind: "contents", id, bookTitle: "", source, root }]);
    const answer = answers.get(id);
    if (answer?.type === "contents") return answer;
    const error = errors.get(id);
    throw error === undefined
      ? new SoferError("interrupted", "stopped before the contents were read")
      : fromPlainError(error);
  }

  /** What is in neither map was not asked, because the run is stopping. */
  async ask(units: readonly Unit[]): Promise<Asked> {
    for (const unit of units) this.#asked.add(unit.id);
    this.#pool.add(units);
    await this.#pool.drained();
    const answers = new Map<string, UnitMessage>();
    const errors = new Map<string, PlainError>();
    for (const { id } of units) {
      const answer = this.#answers.get(id);
      const error = this.#errors.get(id);
      if (answer !== undefined) answers.set(id, answer);
      if (error !== undefined) errors.set(id, error);
      for (const map of [this.#answers, this.#errors]) map.delete(id);
      this.#asked.delete(id);
    }
    return { answers, errors };
  }
}
