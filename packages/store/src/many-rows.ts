import type { Database } from "bun:sqlite";

/** M, 600,000 spans: 0.9 s one by one, 0.5 s so many at a time; four times as many are no faster. */
const AT_ONCE = 32;

/**
 * Numbers for the rows of one table, several in one statement. To be used where an error undoes the whole transaction: a
 * statement that fails leaves the rows before the wrong one. (OR FAIL: undoing its own rows, a statement of several sets a
 * savepoint, at which the full-text index writes out what it has gathered.)
 */
export class ManyRows {
  readonly #database: Database;
  readonly #table: string;
  readonly #width: number;
  readonly #insertMany: string;
  #values: number[] = [];

  /**
   * @param table its name, and its columns in brackets
   * @param width how many columns those are
   */
  constructor(database: Database, table: string, width: number) {
    this.#database = database;
    this.#table = table;
    this.#width = width;
    this.#insertMany = this.#insertOf(AT_ONCE);
  }

  add(...row: readonly number[]): void {
    for (const value of row) this.#values.push(value);
    if (this.#values.length === AT_ONCE * this.#width) this.#run(this.#insertMany);
  }

  /** Those that are left. */
  end(): void {
    if (this.#values.length > 0) this.#run(this.#insertOf(this.#values.length / this.#width));
  }

  #insertOf(rows: number): string {
    const row = `(${Array(this.#width).fill("?").join(", ")})`;
    return `INSERT OR FAIL INTO ${this.#table} VALUES ${Array(rows).fill(row).join(", ")}`;
  }

  #run(insert: string): void {
    this.#database.query(insert).run(...this.#values);
    this.#values = [];
  }
}
