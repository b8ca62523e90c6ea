import { SoferError, type LinkBatch, type LinkRow } from "@sofer/core";
import { CsvError, CsvReader } from "./csv.ts";

/** Kept rows in a batch. */
const BATCH_ROWS = 5_000;
/** Invalid rows that are shown, and how much of each. */
const SHOWN_ROWS = 5;
const SHOWN_LETTERS = 200;

export interface LinksCsvOptions {
  /** For messages: what is read. */
  readonly name: string;
  readonly keep: (refs: readonly [string, string]) => boolean;
  readonly batchRows?: number;
}

/**
 * Rows of one links file, from its decoded bytes. The header is published misspelt ("Conection Type"), a blank type is
 * a type, fields may be quoted. A row with another number of fields than the header, or without a ref, is counted as
 * invalid; a file that is no such table, or ends inside a quote, is refused. The last batch has the final counts.
 * @throws SoferError `wire-shape`
 */
export async function* readLinksCsv(
  bytes: AsyncIterable<Uint8Array>,
  { name, keep, batchRows = BATCH_ROWS }: LinksCsvOptions,
): AsyncGenerator<LinkBatch> {
  let columns: Columns | undefined;
  let rows: LinkRow[] = [];
  const invalidRows: string[] = [];
  let invalid = 0;
  let read = 0;
  const batch = (): LinkBatch => ({ rows, invalid, invalidRows: [...invalidRows], read });
  try {
    for await (const records of recordsOf(bytes)) {
      for (const record of records) {
        if (columns === undefined) {
          columns = columnsOf(record, name);
          continue;
        }
        read++;
        const row = linkOf(record, columns);
        if (row === null) {
          invalid++;
          if (invalidRows.length < SHOWN_ROWS) invalidRows.push(record.join(",").slice(0, SHOWN_LETTERS));
        } else if (keep(row.refs)) rows.push(row);
        if (rows.length < batchRows) continue;
        yield batch();
        rows = [];
      }
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new SoferError("wire-shape", `${name} is not a table of links: ${cause.message}`, { cause });
  }
  if (columns === undefined) throw new SoferError("wire-shape", `${name} is empty: not even a header`);
  yield batch();
}

/** Records as they end in the parts. @throws CsvError, also for what is not UTF-8: a replaced letter is another ref. */
async function* recordsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string[][]> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (part?: Uint8Array): string => {
    try {
      return part === undefined ? decoder.decode() : decoder.decode(part, { stream: true });
    } catch (cause) {
      throw new CsvError("it is not UTF-8", { cause });
    }
  };
  const reader = new CsvReader();
  for await (const part of bytes) yield reader.push(decode(part));
  yield reader.push(decode());
  yield reader.end();
}

interface Columns {
  readonly a: number;
  readonly b: number;
  readonly type: number;
  readonly count: number;
}

function columnsOf(header: readonly string[], name: string): Columns {
  const names = header.map((text) => text.trim().toLowerCase());
  const a = names.indexOf("citation 1");
  const b = names.indexOf("citation 2");
  const type = names.findIndex((text) => /^conn?ection type$/.test(text));
  if (a >= 0 && b >= 0 && type >= 0) return { a, b, type, count: header.length };
  throw new SoferError("wire-shape", `${name} is not a table of links: its first line is "${header.join(",")}"`, {
    hint: "the first line should name Citation 1, Citation 2 and Conection Type",
  });
}

function linkOf(record: readonly string[], columns: Columns): LinkRow | null {
  if (record.length !== columns.count) return null;
  const a = tidy(record[columns.a]);
  const b = tidy(record[columns.b]);
  return a === "" || b === "" ? null : { refs: [a, b], type: tidy(record[columns.type]) };
}

function tidy(text = ""): string {
  const trimmed = text.trim();
  // Most have single spaces only, and looking is cheaper than replacing.
  return /\s\s|[^\S ]/.test(trimmed) ? trimmed.replace(/\s+/g, " ") : trimmed;
}
