import type { Database } from "bun:sqlite";
import { stringsOf } from "./rows.ts";

const PAGE_ROWS = 1_000;

interface Row {
  readonly ref_a: string;
  readonly ref_b: string;
  readonly type: string;
  readonly sources: string;
}

/** Every link, by its pair of refs, in code point order. */
export function* linkLines(
  database: Database,
): Generator<{ refs: readonly [string, string]; type: string; sources: readonly string[] }> {
  const page = database.query<Row, [string, string, string, number]>(
    `SELECT ref_a, ref_b, type, sources FROM link WHERE (ref_a, ref_b, type) > (?, ?, ?) ORDER BY ref_a, ref_b, type LIMIT ?`,
  );
  let last: Row | undefined;
  do {
    const rows: Row[] = page.all(last?.ref_a ?? "", last?.ref_b ?? "", last?.type ?? "", PAGE_ROWS);
    for (const row of rows) yield { refs: [row.ref_a, row.ref_b], type: row.type, sources: stringsOf(row.sources) };
    last = rows.length < PAGE_ROWS ? undefined : rows.at(-1);
  } while (last !== undefined);
}
