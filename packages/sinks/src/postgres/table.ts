/** The table: its columns, its indexes, what is looked up of it, and the comment by which it is known again. */

/** Version of the columns below. Another one: the table is made anew. */
export const MAPPING = 1;

export interface TablePlace {
  readonly schema: string;
  readonly table: string;
}

/** The type of the vectors, and where pgvector lives: not every server has it in `public`. */
export interface VectorType {
  readonly schema: string;
  readonly dimensions: number;
}

/** Made by `rowOf`, in this order. The search column is PostgreSQL's own work. */
const COLUMNS = [
  // Bytes decide the order, as they do in `id > $1`: no locale does.
  ["id", 'text COLLATE "C" PRIMARY KEY'],
  ["content_hash", "text NOT NULL"],
  ["profile", "text NOT NULL"],
  ["title", "text NOT NULL"],
  ["he_title", "text NOT NULL"],
  ["categories", "text[] NOT NULL"],
  ["language", "text NOT NULL"],
  ["version_title", "text NOT NULL"],
  ["license", "text NOT NULL"],
  ["version_source", "text"],
  ["ref", "text NOT NULL"],
  ["he_ref", "text"],
  ["refs", "text[] NOT NULL"],
  ["spans", "jsonb NOT NULL"],
  ["links", "jsonb NOT NULL"],
  ["text", "text NOT NULL"],
  ["search_text", "text NOT NULL"],
  ["tokens", "integer NOT NULL"],
  ["url", "text NOT NULL"],
] as const;
export type ColumnName = (typeof COLUMNS)[number][0];

/** What the table's comment says: that it is ours, and what for. */
export interface TableComment {
  readonly mapping: number;
  readonly profile: string;
  /** null: it holds no vectors. */
  readonly model: string | null;
}

const COMMENT = "Chunks of a sofer library; the sink that fills it reads this: ";

export function writeComment(comment: TableComment): string {
  const { mapping, profile, model } = comment;
  return COMMENT + JSON.stringify({ mapping, profile, model });
}

/** null: not a comment of ours. */
export function readComment(text: unknown): TableComment | null {
  if (typeof text !== "string" || !text.startsWith(COMMENT)) return null;
  let said: unknown;
  try {
    said = JSON.parse(text.slice(COMMENT.length));
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
  if (typeof said !== "object" || said === null || !("mapping" in said && "profile" in said && "model" in said)) {
    return null;
  }
  const { mapping, profile, model } = said;
  if (typeof mapping !== "number" || typeof profile !== "string") return null;
  return model === null || typeof model === "string" ? { mapping, profile, model } : null;
}

/** $1 schema, $2 table. One row, whatever is there. */
export const LOOK = `
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text) AS "hasSchema",
       c.oid IS NOT NULL AS "hasTable",
       obj_description(c.oid, 'pg_class') AS comment,
       c.reltuples::float8 AS records,
       t.typname::text AS "vectorType",
       a.atttypmod AS dimensions,
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
       ARRAY(SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
             WHERE x.indrelid = c.oid AND x.indisvalid) AS indexes,
       (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'vector') AS "vectorSchema",
       current_setting('server_encoding') AS encoding
FROM (SELECT 1) AS always
LEFT JOIN (pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace AND s.nspname = $1::text) ON c.relname = $2::text
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'embedding' AND NOT a.attisdropped
LEFT JOIN pg_type t ON t.oid = a.atttypid`;

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function qualified({ schema, table }: TablePlace): string {
  return `${quoted(schema)}.${quoted(table)}`;
}

function vectorType({ schema, dimensions }: VectorType): string {
  return `${quoted(schema)}.halfvec(${dimensions})`;
}

/** Statements that make the table; each takes no parameters. */
export function createStatements(place: TablePlace, vector: VectorType | null, comment: TableComment): string[] {
  const columns = COLUMNS.map(([name, type]) => `${name} ${type}`);
  columns.push("search tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED");
  if (vector !== null) columns.push(`embedding ${vectorType(vector)}`);
  return [
    `CREATE TABLE ${qualified(place)} (\n  ${columns.join(",\n  ")}\n)`,
    `COMMENT ON TABLE ${qualified(place)} IS '${writeComment(comment).replaceAll("'", "''")}'`,
  ];
}

export function columnNames(hasVectors: boolean): string[] {
  return [...COLUMNS.map(([name]) => name), "search", ...(hasVectors ? ["embedding"] : [])];
}

/**
 * $1: a JSON array of rows. As text that the server parses itself: Bun encodes a parameter of type json or jsonb once more,
 * unless `prepare` is false, and it arrives as a string. In the order of ids, so that two writers lock rows in the same order.
 */
export function upsertStatement(place: TablePlace, vector: VectorType | null): string {
  const types: [name: string, type: string][] = COLUMNS.map(([name, type]) => [name, type.split(" ", 1)[0] ?? type]);
  if (vector !== null) types.push(["embedding", vectorType(vector)]);
  const names = types.map(([name]) => name).join(", ");
  const replaced = types.filter(([name]) => name !== "id").map(([name]) => `${name} = excluded.${name}`);
  return (
    `INSERT INTO ${qualified(place)} (${names})\nSELECT ${names}\n` +
    `FROM json_to_recordset($1::text::json) AS given(${types.map((pair) => pair.join(" ")).join(", ")})\n` +
    `ORDER BY id\nON CONFLICT (id) DO UPDATE SET ${replaced.join(", ")}`
  );
}

/** $1: an array of ids. */
export function deleteStatement(place: TablePlace): string {
  return `DELETE FROM ${qualified(place)} WHERE id = ANY($1::text[])`;
}

/** $1: the id before the page; $2: how many. */
export function scanStatement(place: TablePlace): string {
  return `SELECT id, content_hash FROM ${qualified(place)} WHERE id > $1::text ORDER BY id LIMIT $2::int`;
}

export interface TableIndex {
  readonly name: string;
  readonly create: string;
}

/** Every index beside the key's. @param vector null: none of the vectors */
export function tableIndexes(place: TablePlace, vector: VectorType | null): TableIndex[] {
  const index = (column: string, using: string): TableIndex => {
    const name = `${place.table}_${column}`;
    return { name, create: `CREATE INDEX ${quoted(name)} ON ${qualified(place)} USING ${using}` };
  };
  const indexes = [index("refs", "gin (refs)"), index("search", "gin (search)")];
  if (vector !== null) {
    indexes.push(index("embedding", `hnsw (embedding ${quoted(vector.schema)}.halfvec_cosine_ops)`));
  }
  return indexes;
}
