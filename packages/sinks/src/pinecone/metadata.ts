import { SoferError, type SinkRecord } from "@sofer/core";

/**
 * Most bytes of a record's metadata. Pinecone refuses above 40,960; how it counts is not said, so we count the JSON,
 * which is more than its strings alone, and stay below.
 */
export const MAX_METADATA_BYTES = 40_000;

/** Version of this layout: Sink.mapping. */
export const MAPPING = 1;

/** Strings, numbers, lists of strings: metadata knows no objects and no null. */
type MetadataValue = string | number | readonly string[];
export type Metadata = Readonly<Record<string, MetadataValue>>;

/**
 * What may be cut, the longest first, since it is the cause: of 82,527 real chunks 40 were too long, all of them for
 * thousands of links. The text comes last.
 */
const CUTTABLE: readonly (readonly string[])[] = [["searchText"], ["links", "linkTypes"], ["spans"], ["refs"]];
const LAST = ["text"];

/**
 * A record's metadata. What does not fit is cut from the end of one field after the other, and `trimmed` names the
 * fields that were cut: no record is left out for its size, and none looks whole that is not.
 * @throws `bad-item` when even that is not enough
 */
export function metadataOf({ id, contentHash, chunk, vector }: SinkRecord): Metadata {
  const { spans, links } = chunk;
  const whole: Record<string, MetadataValue | null> = {
    contentHash,
    vectorKey: vector?.key ?? null,
    profile: chunk.profile,
    title: chunk.title,
    heTitle: chunk.heTitle,
    categories: chunk.categories,
    language: chunk.language,
    versionTitle: chunk.versionTitle,
    license: chunk.license,
    versionSource: chunk.versionSource,
    ref: chunk.ref,
    heRef: chunk.heRef,
    refs: chunk.refs,
    spans: spans.map(({ ref, start, end }) => `${start}-${end} ${ref}`),
    links: links.map(({ ref }) => ref),
    linkTypes: links.map(({ type }) => type),
    text: chunk.text,
    searchText: chunk.searchText,
    tokens: chunk.tokens,
    url: chunk.url,
  };
  const metadata: Record<string, MetadataValue> = {};
  for (const [name, value] of Object.entries(whole)) {
    const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) metadata[name] = value;
  }
  let bytes = bytesOf(metadata);
  if (bytes <= MAX_METADATA_BYTES) return metadata;

  const trimmed: string[] = [];
  const lengthOf = (names: readonly string[]) => bytesOf(names.map((name) => metadata[name] ?? ""));
  for (const names of [...CUTTABLE.toSorted((a, b) => lengthOf(b) - lengthOf(a)), LAST]) {
    const held = names.filter((name) => metadata[name] !== undefined);
    if (held.length === 0) continue;
    trimmed.push(...held);
    metadata["trimmed"] = trimmed;
    bytes = cut(metadata, held, bytesOf(metadata) - MAX_METADATA_BYTES);
    if (bytes <= MAX_METADATA_BYTES) return metadata;
  }
  throw new SoferError("bad-item", `chunk ${id} has ${bytes} bytes of titles and refs, more than Pinecone takes`);
}

/** Shortens fields that belong together by so many bytes of JSON, or drops them; says how many bytes are left. */
function cut(metadata: Record<string, MetadataValue>, names: readonly string[], tooMany: number): number {
  const shortened = shorter(
    names.map((name) => metadata[name] ?? ""),
    tooMany,
  );
  for (const [at, name] of names.entries()) {
    const value = shortened[at] ?? "";
    if (typeof value !== "number" && value.length > 0) metadata[name] = value;
    else delete metadata[name];
  }
  return bytesOf(metadata);
}

function shorter(values: readonly MetadataValue[], tooMany: number): readonly MetadataValue[] {
  const lists = values.filter((value) => typeof value === "object");
  if (lists.length < values.length) {
    return values.map((value) => (typeof value === "string" ? withoutBytes(value, tooMany) : value));
  }
  let count = Math.max(...lists.map((list) => list.length));
  for (let saved = 0; saved < tooMany && count > 0; count--) {
    // The entry and the comma before it.
    for (const list of lists) saved += bytesOf(list[count - 1] ?? "") + 1;
  }
  return lists.map((list) => list.slice(0, count));
}

/** The beginning of a text that is shorter by so many bytes of JSON at least; no character is cut in two. */
function withoutBytes(text: string, tooMany: number): string {
  const characters = [...text];
  let saved = 0;
  while (saved < tooMany && characters.length > 0) saved += bytesOf(characters.pop() ?? "") - 2;
  return characters.join("");
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
