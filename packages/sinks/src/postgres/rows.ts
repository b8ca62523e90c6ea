import type { SinkRecord } from "@sofer/core";
import type { ColumnName } from "./table.ts";

type TextRow = Readonly<Record<ColumnName, unknown>>;

/** Characters that a number of a vector takes in JSON, at most, as in "-0.0000010133,". */
const NUMBER_BYTES = 14;

/** A record as JSON for one row of the table. */
export function rowOf(record: SinkRecord, hasVectors: boolean): TextRow & { embedding?: readonly number[] | null } {
  const row = textRowOf(record);
  if (!hasVectors) return row;
  return { ...row, embedding: record.vector === null ? null : halves(record.vector.values) };
}

/** Bytes that it takes in a request, rather too many than too few. */
export function rowBytes(record: SinkRecord): number {
  const numbers = record.vector?.values.length ?? 0;
  return Buffer.byteLength(JSON.stringify({ ...textRowOf(record), embedding: null })) + numbers * NUMBER_BYTES;
}

function textRowOf({ id, contentHash, chunk }: SinkRecord): TextRow {
  return {
    id,
    content_hash: contentHash,
    profile: chunk.profile,
    title: chunk.title,
    he_title: chunk.heTitle,
    categories: chunk.categories,
    language: chunk.language,
    version_title: chunk.versionTitle,
    license: chunk.license,
    version_source: chunk.versionSource,
    ref: chunk.ref,
    he_ref: chunk.heRef,
    refs: chunk.refs,
    spans: chunk.spans,
    links: chunk.links,
    text: chunk.text,
    search_text: chunk.searchText,
    tokens: chunk.tokens,
    url: chunk.url,
  };
}

/**
 * The numbers as the column keeps them, in half precision: five digits tell one from the next. 500 vectors of 768 are 4 MB
 * of JSON so, and 8 MB with all digits, at the same cost of making them. A number too large for a half is sent as
 * it is, and refused by the server with its reason.
 */
function halves(values: Float32Array): number[] {
  const half = new Float16Array(values);
  return Array.from(half, (number, at) =>
    Number.isFinite(number) ? Number(number.toPrecision(5)) : (values[at] ?? Number.NaN),
  );
}
