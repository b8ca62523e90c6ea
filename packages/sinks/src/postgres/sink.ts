import {
  SoferError,
  type ScanPage,
  type Sink,
  type SinkLimits,
  type SinkRecord,
  type SinkSpec,
  type SinkState,
} from "@sofer/core";
import { rowBytes, rowOf } from "./rows.ts";
import type { Ask, PostgresServer } from "./server.ts";
import {
  columnNames,
  createStatements,
  deleteStatement,
  LOOK,
  MAPPING,
  quoted,
  readComment,
  scanStatement,
  tableIndexes,
  upsertStatement,
  type TableComment,
  type TablePlace,
  type VectorType,
} from "./table.ts";

export interface PostgresSinkOptions extends TablePlace {
  readonly name: string;
  /** False: the user makes an index of the vectors, or wants none. */
  readonly hasVectorIndex: boolean;
  /** `maintenance_work_mem` while indexes are made; null: the server's. */
  readonly indexMemory: string | null;
}

const LIMITS: SinkLimits = { maxRecords: 500, maxBytes: 8_000_000, maxIds: 5000 };
const PAGE = 10_000;
/** What pgvector takes: numbers in a halfvec, and in one that HNSW indexes. */
const MAX_DIMENSIONS = 16_000;
const MAX_INDEXED_DIMENSIONS = 4000;
/** First key of the advisory locks under which tables and indexes are made; the second is the table's. */
const LOCK = 0x50f3;

/** What the server says of the place. */
interface Place {
  readonly hasSchema: boolean;
  readonly hasTable: boolean;
  readonly comment: TableComment | null;
  readonly records: number | null;
  /** Of the column of vectors; null: there is none. */
  readonly vectorType: string | null;
  readonly dimensions: number | null;
  readonly columns: readonly string[];
  readonly indexes: readonly string[];
  /** Where pgvector is; null: nowhere in this database. */
  readonly vectorSchema: string | null;
  readonly encoding: string;
}

/**
 * Chunks as rows of one table of PostgreSQL, their vectors as pgvector's `halfvec`. The table is the sink's alone. Indexes
 * are made by the first `settle`, when the load is over.
 */
export class PostgresSink implements Sink {
  readonly name: string;
  readonly mapping = MAPPING;
  readonly limits = LIMITS;
  readonly host: string;
  readonly #server: PostgresServer;
  readonly #options: PostgresSinkOptions;
  /** Set by `ensure`: what the table's vectors are. */
  #vector: VectorType | null | undefined;

  constructor(server: PostgresServer, options: PostgresSinkOptions) {
    this.name = options.name;
    this.host = server.host;
    this.#server = server;
    this.#options = options;
  }

  sizeOf(record: SinkRecord): number {
    return rowBytes(record);
  }

  async describe(signal: AbortSignal): Promise<SinkState> {
    const place = await this.#look(this.#asked(signal));
    return {
      exists: place.hasTable,
      records: place.records,
      dimensions: place.dimensions,
      mapping: place.comment?.mapping ?? null,
    };
  }

  async ensure(spec: SinkSpec, signal: AbortSignal): Promise<void> {
    this.#checkSpec(spec);
    let place = await this.#look(this.#asked(signal));
    if (!place.hasTable) {
      place = await this.#server.transaction(async (ask) => {
        // Whoever comes second finds the table made: "IF NOT EXISTS" alone fails when two make it at the same time.
        await this.#lock(ask, "make");
        const before = await this.#look(ask);
        if (!before.hasTable) await this.#create(ask, spec, before);
        return this.#look(ask);
      }, signal);
    }
    this.#vector = this.#vectorsOf(place, spec);
  }

  async upsert(records: readonly SinkRecord[], signal: AbortSignal): Promise<readonly (SoferError | null)[]> {
    const vector = this.#vectors();
    const statement = upsertStatement(this.#options, vector);
    const rows = records.map((record) => JSON.stringify(rowOf(record, vector !== null)));
    const outcomes = rows.map((): SoferError | null => null);
    // One refused row undoes its statement, and the server does not say which it was. So the halves are sent, down to
    // the row: one among 500 costs some 18 statements more. No statement is sent twice.
    const parts = [{ from: 0, to: rows.length }];
    let isSomethingKnown = false;
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const { from, to } = part;
      try {
        await this.#server.ask(statement, [`[${rows.slice(from, to).join(",")}]`], signal);
        isSomethingKnown = true;
      } catch (thrown) {
        if (!(thrown instanceof SoferError) || thrown.next === "stop") throw thrown;
        if (thrown.code === "bad-item" && to - from > 1) {
          const middle = Math.ceil((from + to) / 2);
          parts.unshift({ from, to: middle }, { from: middle, to });
        } else if (thrown.code === "bad-item") {
          outcomes[from] = thrown;
          isSomethingKnown = true;
        } else {
          if (!isSomethingKnown || thrown.next === "split") throw thrown;
          for (const open of [part, ...parts]) outcomes.fill(thrown, open.from, open.to);
          break;
        }
      }
    }
    return outcomes;
  }

  async remove(ids: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#server.ask(deleteStatement(this.#options), [[...ids]], signal);
  }

  /**
   * Makes the indexes that are not there. What was committed is visible at once; this is for those who search. Making
   * HNSW of 100,000 vectors of 768 took 131 s on two cores, which is no request's time: only the signal ends it.
   */
  async settle(signal: AbortSignal): Promise<void> {
    const missing = this.#missingIndexes(await this.#look(this.#asked(signal)));
    if (missing.length === 0) return;
    await this.#server.transaction(
      async (ask) => {
        await ask("SET LOCAL statement_timeout = 0");
        if (this.#options.indexMemory !== null) {
          await ask("SELECT set_config('maintenance_work_mem', $1::text, true)", [this.#options.indexMemory]);
        }
        await this.#lock(ask, "index");
        for (const { create } of this.#missingIndexes(await this.#look(ask))) await ask(create);
      },
      signal,
      null,
    );
  }

  async scan(from: string | null, signal: AbortSignal): Promise<ScanPage> {
    const rows = await this.#server.ask(scanStatement(this.#options), [from ?? "", PAGE], signal);
    const holdings = rows.map((row) => ({ id: String(row["id"]), contentHash: String(row["content_hash"]) }));
    return { holdings, next: holdings.length < PAGE ? null : (holdings.at(-1)?.id ?? null) };
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #checkSpec({ space }: SinkSpec): void {
    const most = this.#options.hasVectorIndex ? MAX_INDEXED_DIMENSIONS : MAX_DIMENSIONS;
    if (space === null || space.dimensions <= most) return;
    throw new SoferError("usage", `${this.name}: pgvector takes at most ${most} dimensions, not ${space.dimensions}`, {
      hint: this.#options.hasVectorIndex ? "ask the model for fewer dimensions, or say index=none" : "ask for fewer",
    });
  }

  async #create(ask: Ask, spec: SinkSpec, before: Place): Promise<void> {
    const { schema } = this.#options;
    if (before.encoding !== "UTF8") {
      throw new SoferError("mismatch", `${this.name}: the database is encoded as ${before.encoding}, not UTF8`, {
        hint: "create one with ENCODING 'UTF8'",
      });
    }
    if (!before.hasSchema) await ask(`CREATE SCHEMA ${quoted(schema)}`);
    let vector: VectorType | null = null;
    if (spec.space !== null) {
      if (before.vectorSchema === null) await this.#createExtension(ask);
      const vectorSchema = before.vectorSchema ?? (await this.#look(ask)).vectorSchema ?? "public";
      vector = { schema: vectorSchema, dimensions: spec.space.dimensions };
    }
    const comment = { mapping: MAPPING, profile: spec.profile, model: spec.space?.model ?? null };
    for (const statement of createStatements(this.#options, vector, comment)) await ask(statement);
  }

  async #createExtension(ask: Ask): Promise<void> {
    const [found] = await ask("SELECT default_version AS version FROM pg_available_extensions WHERE name = 'vector'");
    if (found === undefined) {
      throw new SoferError("mismatch", `${this.name}: the server ${this.host} does not have pgvector`, {
        hint: "install it (the image pgvector/pgvector has it), or push without vectors",
      });
    }
    await ask("CREATE EXTENSION vector");
  }

  /** What the vectors of the table are. @throws `mismatch` when it is not ours, or made for something else */
  #vectorsOf(place: Place, { profile, space }: SinkSpec): VectorType | null {
    const { schema, table } = this.#options;
    const mismatch = (why: string) =>
      new SoferError("mismatch", `${this.name}: table ${schema}.${table} ${why}`, {
        hint: "name another table, or drop this one",
      });
    const { comment, dimensions } = place;
    if (comment === null) throw mismatch("is not one of sofer's: its comment does not say so");
    if (comment.mapping !== MAPPING) throw mismatch(`has columns of version ${comment.mapping}, not ${MAPPING}`);
    if (comment.profile !== profile) throw mismatch(`holds chunks of the profile ${comment.profile}, not ${profile}`);
    const held = place.vectorType === null ? "no vectors" : `${place.vectorType} of ${dimensions} dimensions`;
    const wanted = space === null ? "no vectors" : `halfvec of ${space.dimensions} dimensions`;
    if (held !== wanted) throw mismatch(`holds ${held}, not ${wanted}`);
    if (space !== null && comment.model !== space.model) {
      throw mismatch(`holds vectors of ${comment.model ?? "no model"}, not of ${space.model}`);
    }
    const missing = columnNames(space !== null).filter((name) => !place.columns.includes(name));
    if (missing.length > 0) throw mismatch(`lacks ${missing.join(", ")}`);
    if (space === null) return null;
    if (place.vectorSchema === null) throw mismatch("has vectors, and pgvector is gone");
    return { schema: place.vectorSchema, dimensions: space.dimensions };
  }

  #vectors(): VectorType | null {
    if (this.#vector === undefined) throw new SoferError("internal", `${this.name}: ensure comes before upsert`);
    return this.#vector;
  }

  #missingIndexes(place: Place) {
    const vector = this.#options.hasVectorIndex ? this.#vectors() : null;
    return tableIndexes(this.#options, vector).filter(({ name }) => !place.indexes.includes(name));
  }

  /** Until the end of the transaction, so that it also works through a pooler, which keeps no session. */
  async #lock(ask: Ask, what: "make" | "index"): Promise<void> {
    const { schema, table } = this.#options;
    await ask("SELECT pg_advisory_xact_lock($1::int, hashtext($2::text))", [LOCK, `${what} ${schema}.${table}`]);
  }

  #asked(signal: AbortSignal): Ask {
    return (statement, parameters = []) => this.#server.ask(statement, parameters, signal);
  }

  async #look(ask: Ask): Promise<Place> {
    const [row] = await ask(LOOK, [this.#options.schema, this.#options.table]);
    if (row === undefined) throw new SoferError("wire-shape", `${this.host} did not say what is there`);
    const { records, vectorType, dimensions, vectorSchema } = row;
    return {
      hasSchema: row["hasSchema"] === true,
      hasTable: row["hasTable"] === true,
      comment: readComment(row["comment"]),
      // An estimate, and 0 or -1 until the server has looked at the table.
      records: typeof records === "number" && records > 0 ? Math.round(records) : null,
      vectorType: typeof vectorType === "string" ? vectorType : null,
      dimensions: typeof dimensions === "number" && dimensions > 0 ? dimensions : null,
      columns: names(row["columns"]),
      indexes: names(row["indexes"]),
      vectorSchema: typeof vectorSchema === "string" ? vectorSchema : null,
      encoding: String(row["encoding"]),
    };
  }
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
