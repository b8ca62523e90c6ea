import { objectOf, parsedObject } from "../../testing/json.ts";

/** The host of an index: what it takes, refuses and gives. */

export interface FakeVector {
  readonly id: string;
  readonly values: readonly number[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface FakeIndex {
  readonly name: string;
  readonly field: { readonly name: string; readonly dimension: number; readonly metric: string };
  readonly deployment: Readonly<Record<string, unknown>>;
  /** Descriptions that still say that it is being made. */
  unready: number;
  readonly namespaces: Map<string, Map<string, FakeVector>>;
  /** Writes that were acknowledged and are not seen yet, by namespace. */
  readonly pending: Map<string, (() => void)[]>;
  /** Place of the last write in each namespace's log, and of the last that is seen. */
  readonly written: Map<string, number>;
}

/** What a test may want of it. */
export interface FakeBehaviour {
  /** A batch with one of these is refused, all of it. */
  readonly refused: Set<string>;
  /** Queries after which a write is seen; 0: at once. */
  seenAfterQueries: number;
}

export interface FakeRequestTo {
  readonly index: FakeIndex;
  readonly namespace: string;
  readonly behaviour: FakeBehaviour;
}

const MAX_BYTES = 2 * 1024 * 1024;
const MAX_VECTORS = 1000;
const MAX_IDS = 1000;
const MAX_METADATA_BYTES = 40_960;
const MAX_LIST = 100;

export function upsertVectors(
  { index, namespace, behaviour }: FakeRequestTo,
  body: Record<string, unknown>,
  raw: string,
): Response {
  const bytes = Buffer.byteLength(raw);
  if (bytes > MAX_BYTES) {
    return rpcError(400, 11, `Error, message length too large: found ${bytes} bytes, the limit is: ${MAX_BYTES} bytes`);
  }
  const vectors = Array.isArray(body["vectors"]) ? (body["vectors"] as unknown[]) : [];
  if (vectors.length === 0) return rpcError(400, 3, "No vectors provided");
  if (vectors.length > MAX_VECTORS) return rpcError(400, 11, `The number of vectors exceeds ${MAX_VECTORS}`);
  const taken: FakeVector[] = [];
  for (const given of vectors) {
    const { id, values, metadata } = objectOf(given);
    const why = fault(id, values, metadata, index.field.dimension, behaviour.refused);
    if (why !== null) return rpcError(400, 3, why);
    const numbers = (values as number[]).map(Math.fround);
    taken.push({ id: String(id), values: numbers, metadata: objectOf(metadata) });
  }
  return write({ index, namespace, behaviour }, { upsertedCount: taken.length }, () => {
    const held = index.namespaces.get(namespace) ?? new Map<string, FakeVector>();
    index.namespaces.set(namespace, held);
    for (const vector of taken) held.set(vector.id, vector);
  });
}

/** Why a record is refused, or null. */
function fault(
  id: unknown,
  values: unknown,
  metadata: unknown,
  dimension: number,
  refused: ReadonlySet<string>,
): string | null {
  if (typeof id !== "string" || id === "" || id.length > 512) return "Vector ID must be 1 to 512 characters";
  if (refused.has(id)) return `Vector ${id} is refused`;
  if (!Array.isArray(values) || values.some((value) => typeof value !== "number")) return "invalid value for values";
  if (values.length !== dimension) {
    return `Vector dimension ${values.length} does not match the dimension of the index ${dimension}`;
  }
  if (values.every((value) => Math.abs(value as number) < 1e-8)) {
    return `Dense vectors must contain at least one non-zero value. Vector ID ${id} contains only zeros.`;
  }
  for (const [name, value] of Object.entries(objectOf(metadata))) {
    if (name.startsWith("$")) return `Metadata field ${name} may not begin with $`;
    const isList = Array.isArray(value) && value.every((one) => typeof one === "string");
    if (!isList && !["string", "number", "boolean"].includes(typeof value)) {
      return `Metadata value must be a string, number, boolean or list of strings, got ${JSON.stringify(value)} for field '${name}'`;
    }
  }
  const bytes = Buffer.byteLength(JSON.stringify(metadata ?? {}));
  return bytes > MAX_METADATA_BYTES
    ? `Metadata size is ${bytes} bytes, which exceeds the limit of ${MAX_METADATA_BYTES} bytes per vector`
    : null;
}

export function deleteVectors(to: FakeRequestTo, body: Record<string, unknown>): Response {
  const { index, namespace } = to;
  if (!index.namespaces.has(namespace) && !index.pending.has(namespace)) return rpcError(404, 5, "Namespace not found");
  const ids = Array.isArray(body["ids"]) ? (body["ids"] as string[]) : [];
  if (body["deleteAll"] !== true && ids.length === 0) return rpcError(400, 3, "Either ids or deleteAll is needed");
  if (ids.length > MAX_IDS) return rpcError(400, 11, `The number of ids exceeds ${MAX_IDS}`);
  return write(to, {}, () => {
    const held = index.namespaces.get(namespace);
    if (body["deleteAll"] === true) held?.clear();
    for (const id of ids) held?.delete(id);
    if (held?.size === 0) index.namespaces.delete(namespace);
  });
}

function write({ index, namespace, behaviour }: FakeRequestTo, answer: object, change: () => void): Response {
  const place = (index.written.get(namespace) ?? 0) + 1;
  index.written.set(namespace, place);
  index.pending.set(namespace, [...(index.pending.get(namespace) ?? []), change]);
  if (behaviour.seenAfterQueries === 0) show(index, namespace);
  return Response.json(answer, { headers: { "x-pinecone-request-lsn": String(place) } });
}

export function queryVectors({ index, namespace, behaviour }: FakeRequestTo, body: Record<string, unknown>): Response {
  const vector = Array.isArray(body["vector"]) ? (body["vector"] as number[]) : [];
  if (vector.length !== index.field.dimension) {
    const { dimension } = index.field;
    return rpcError(
      400,
      3,
      `Query vector dimension ${vector.length} does not match the dimension of the index ${dimension}`,
    );
  }
  if (behaviour.seenAfterQueries > 0) behaviour.seenAfterQueries--;
  if (behaviour.seenAfterQueries === 0) show(index, namespace);
  const seen = (index.written.get(namespace) ?? 0) - (index.pending.get(namespace)?.length ?? 0);
  const matches = [...(index.namespaces.get(namespace)?.values() ?? [])]
    .map(({ id, values, metadata }) => ({
      id,
      score: cosine(vector, values),
      values: body["includeValues"] === true ? values : [],
      ...(body["includeMetadata"] === true ? { metadata } : {}),
    }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, Number(body["topK"] ?? 10));
  return Response.json(
    { matches, namespace, usage: { readUnits: 1 } },
    { headers: { "x-pinecone-max-indexed-lsn": String(seen) } },
  );
}

/** Makes every write of a namespace seen. */
export function show(index: FakeIndex, namespace: string): void {
  for (const change of index.pending.get(namespace) ?? []) change();
  index.pending.delete(namespace);
}

export function stats(index: FakeIndex): Response {
  const counts = [...index.namespaces].map(([name, held]) => [name, { vectorCount: held.size }] as const);
  return Response.json({
    namespaces: Object.fromEntries(counts),
    dimension: index.field.dimension,
    indexFullness: 0,
    totalVectorCount: counts.reduce((sum, [, { vectorCount }]) => sum + vectorCount, 0),
    metric: index.field.metric,
    vectorType: "dense",
  });
}

export function fetchVectors({ index, namespace }: FakeRequestTo, query: URLSearchParams): Response {
  const ids = query.getAll("ids");
  if (ids.length === 0) return rpcError(400, 3, "No ids provided");
  if (ids.length > MAX_IDS) return rpcError(400, 11, `The number of ids exceeds ${MAX_IDS}`);
  const held = index.namespaces.get(namespace);
  const found = ids.flatMap((id) => held?.get(id) ?? []);
  return Response.json({
    vectors: Object.fromEntries(found.map((vector) => [vector.id, vector])),
    namespace,
    usage: { readUnits: 1 },
  });
}

export function listVectors({ index, namespace }: FakeRequestTo, query: URLSearchParams): Response {
  const limit = Number(query.get("limit") ?? MAX_LIST);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIST)
    return rpcError(400, 3, `limit must be 1 to ${MAX_LIST}`);
  const token = query.get("paginationToken");
  let after = "";
  if (token !== null) {
    const { skip_past: past } = parsedObject(Buffer.from(token, "base64").toString()) ?? {};
    if (typeof past !== "string") return rpcError(400, 3, "Invalid pagination token");
    after = past;
  }
  const prefix = query.get("prefix") ?? "";
  const ids = [...(index.namespaces.get(namespace)?.keys() ?? [])]
    .filter((id) => id > after && id.startsWith(prefix))
    .toSorted();
  const page = ids.slice(0, limit);
  const next = Buffer.from(JSON.stringify({ skip_past: page.at(-1), prefix })).toString("base64");
  return Response.json({
    vectors: page.map((id) => ({ id })),
    ...(ids.length > limit ? { pagination: { next } } : {}),
    namespace,
    usage: { readUnits: 1 },
  });
}

/** Errors of an index's host have the form of its gRPC. */
export function rpcError(status: number, code: number, message: string): Response {
  return Response.json({ code, message, details: [] }, { status });
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let product = 0;
  for (const [at, value] of a.entries()) product += value * (b[at] ?? 0);
  return product / (Math.hypot(...a) * Math.hypot(...b) || 1);
}
