import { objectOf, parsedObject } from "../../testing/json.ts";
import type { Flavor } from "./fake-mapping.ts";

/** An index of the stand-in, and what a search finds in it. */

export interface FakeDocument {
  readonly source: Readonly<Record<string, unknown>>;
  readonly version: number;
}

export interface FakeElasticIndex {
  readonly mappings: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly documents: Map<string, FakeDocument>;
  /** What a search sees: the documents as they were at the last refresh. */
  seen: ReadonlyMap<string, FakeDocument>;
}

export const SHARDS = { total: 1, successful: 1, skipped: 0, failed: 0 };
const MAX_RESULTS = 10_000;

/** Queries: match_all, exists, term, match (any word). One sort by a keyword. */
export function search(index: FakeElasticIndex, name: string, body: string, flavor: Flavor): Response {
  const parsed = parsedObject(body === "" ? "{}" : body);
  if (parsed === null) return failure(400, "parse_exception", "request body is not JSON");
  const {
    size = 10,
    query = { match_all: {} },
    sort,
    search_after: after,
    _source: shown,
    docvalue_fields: fields,
  } = parsed;
  if (Number(size) > MAX_RESULTS) {
    return failure(
      400,
      "illegal_argument_exception",
      `Result window is too large, from + size must be less than or equal to: [${MAX_RESULTS}]`,
    );
  }
  const by = sortedBy(sort);
  const properties = objectOf(index.mappings["properties"]);
  if (by === "_id") {
    return failure(400, "illegal_argument_exception", "Fielddata access on the _id field is disallowed");
  }
  if (by !== null && objectOf(properties[by])["type"] !== "keyword") {
    return failure(400, "search_phase_execution_exception", `No mapping found for [${by}] in order to sort on`);
  }
  let found = [...index.seen].filter(([, { source }]) => matches(source, objectOf(query), properties));
  if (by !== null) {
    const keyOf = (source: Readonly<Record<string, unknown>>) => String(source[by] ?? "\u{10ffff}");
    found = found.toSorted(([, a], [, b]) => (keyOf(a.source) < keyOf(b.source) ? -1 : 1));
    const from = Array.isArray(after) ? String(after[0]) : null;
    if (from !== null) found = found.filter(([, { source }]) => keyOf(source) > from);
  }
  const hits = found.slice(0, Number(size)).map(([id, { source }]) => ({
    _index: name,
    _id: id,
    _score: by === null ? 1 : null,
    ...(shown === false ? {} : { _source: source }),
    ...(Array.isArray(fields) ? { fields: docValues(source, fields as string[]) } : {}),
    ...(by === null ? {} : { sort: [source[by] ?? null] }),
  }));
  const total =
    flavor === "elasticsearch" && parsed["track_total_hits"] === false
      ? {}
      : { total: { value: found.length, relation: "eq" } };
  return Response.json({ took: 1, timed_out: false, _shards: SHARDS, hits: { ...total, max_score: null, hits } });
}

function sortedBy(sort: unknown): string | null {
  const first: unknown = Array.isArray(sort) ? sort[0] : sort;
  if (typeof first === "string") return first;
  return Object.keys(objectOf(first))[0] ?? null;
}

function matches(
  source: Readonly<Record<string, unknown>>,
  query: Record<string, unknown>,
  properties: Record<string, unknown>,
): boolean {
  const [kind = "match_all", given] = Object.entries(query)[0] ?? [];
  const [field = "", wanted] = Object.entries(objectOf(given))[0] ?? [];
  switch (kind) {
    case "match_all":
      return true;
    case "exists":
      return source[String(wanted)] !== undefined && source[String(wanted)] !== null;
    case "term": {
      const values = [source[field]].flat();
      return values.includes(objectOf(wanted)["value"] ?? wanted);
    }
    case "match": {
      // A field that is not indexed is not found by.
      if (objectOf(properties[field])["index"] === false) return false;
      const words = String(source[field] ?? "")
        .toLowerCase()
        .split(/[^\p{L}\p{N}"']+/u);
      const said = String(objectOf(wanted)["query"] ?? wanted);
      return said
        .toLowerCase()
        .split(/\s+/)
        .some((word) => words.includes(word));
    }
    default:
      return false;
  }
}

function docValues(source: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown[]> {
  const held = names.filter((name) => source[name] !== undefined && source[name] !== null);
  return Object.fromEntries(held.map((name) => [name, [source[name]].flat()]));
}

/** An error as the whole answer. */
export function failure(status: number, type: string, reason: string): Response {
  return Response.json({ error: { root_cause: [{ type, reason }], type, reason }, status }, { status });
}
