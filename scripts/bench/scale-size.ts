import { Database } from "bun:sqlite";

export interface LibrarySize {
  /** Bytes of the file by table, its indexes with it. */
  readonly tables: Readonly<Record<string, number>>;
  /** UTF-8 bytes of all stored texts. */
  readonly rawBytes: number;
  readonly texts: number;
  /** UTF-8 bytes of each tenth of the texts, in the order in which they came. */
  readonly tenthBytes: readonly number[];
  readonly links: number;
  /** Without what holds links. Vectors are in a file of their own. */
  readonly bytesWithoutLinks: number;
}

const OF_LINKS = /^link/;

/** What the library's file consists of, by the pages that each table takes. */
export function sizeOf(path: string): LibrarySize {
  const database = new Database(path, { readonly: true });
  try {
    const rows = database
      .query<{ name: string; bytes: number }, []>(
        `SELECT ifnull(s.tbl_name, d.name) AS name, sum(d.pgsize) AS bytes FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name
         WHERE d.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC`,
      )
      .all();
    const of = (sql: string) => Number(database.query<{ value: number | null }, []>(sql).get()?.value ?? 0);
    return {
      tables: Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes])),
      rawBytes: of("SELECT sum(octet_length(text)) AS value FROM segment_text"),
      tenthBytes: tenthsIn(database),
      texts: of("SELECT count(*) AS value FROM segment_text"),
      links: of("SELECT count(*) AS value FROM link"),
      bytesWithoutLinks: rows.reduce((sum, { name, bytes }) => (OF_LINKS.test(name) ? sum : sum + bytes), 0),
    };
  } finally {
    database.close();
  }
}

function tenthsIn(database: Database): number[] {
  const rows = database
    .query<{ tenth: number; bytes: number }, []>(
      `SELECT (id - 1) * 10 / (SELECT max(id) FROM segment_text) AS tenth, sum(octet_length(text)) AS bytes
       FROM segment_text GROUP BY 1`,
    )
    .all();
  return Array.from({ length: 10 }, (_, tenth) => rows.find((row) => row.tenth === tenth)?.bytes ?? 0);
}
