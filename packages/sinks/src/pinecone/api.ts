import { SoferError, type Clock, type Secret } from "@sofer/core";
import * as v from "valibot";
import { storeClient, type StoreAnswer, type StoreClient, type StoreRequest } from "../http.ts";
import { answerReader, integer, jsonOf, shortly, strangeStatus, natural } from "../wire.ts";

/**
 * The part of Pinecone's HTTP interface that we use: indexes by the control plane, vectors by each index's own host.
 * The version is written out, because without one the service takes the oldest it still knows
 * (docs.pinecone.io/reference/api/versioning: each is kept for a year at least).
 */
export const API_VERSION = "2026-07";

/** The dense vectors of an index for vectors; an index for documents has fields of other names, and another interface. */
export const VECTOR_FIELD = "_values";

/** Above this a request for vectors is refused, in bytes and in records. */
export const MAX_REQUEST_BYTES = 2_000_000;
export const MAX_REQUEST_RECORDS = 1000;
/** Ids in one deletion. */
export const MAX_DELETE_IDS = 1000;
/** Ids on one page of a list. */
const LIST_PAGE = 100;

/**
 * `GET /indexes/{name}`:
 *
 *     {"name":"sofer","host":"sofer-c01b5b5.svc.aped-4627-b74a.pinecone.io","status":{"ready":true,"state":"Ready"},
 *      "deployment":{"deployment_type":"managed","cloud":"aws","region":"us-east-1"},
 *      "schema":{"fields":{"_values":{"type":"dense_vector","dimension":768,"metric":"cosine"}}},"tags":null}
 */
const IndexModel = v.object({
  name: v.string(),
  host: v.string(),
  status: v.object({ ready: v.boolean(), state: v.string() }),
  schema: v.object({
    fields: v.record(
      v.string(),
      v.object({
        type: v.optional(v.string()),
        dimension: v.optional(integer),
        metric: v.optional(v.string()),
      }),
    ),
  }),
});
export type IndexModel = v.InferOutput<typeof IndexModel>;

/** `POST /describe_index_stats`: `{"namespaces":{"sofer":{"vectorCount":12}},"dimension":768,"metric":"cosine", …` */
const Stats = v.object({
  namespaces: v.optional(v.record(v.string(), v.object({ vectorCount: v.optional(natural) }))),
  dimension: v.optional(integer),
  metric: v.optional(v.string()),
});

/** `GET /vectors/list`: `{"vectors":[{"id":"…"}],"pagination":{"next":"…"}}`; the last page has no `next`. */
const ListPage = v.object({
  vectors: v.optional(v.array(v.object({ id: v.string() }))),
  pagination: v.nullish(v.object({ next: v.optional(v.string()) })),
});

/** `GET /vectors/fetch`: `{"vectors":{"<id>":{"id":"<id>","values":[…],"metadata":{…}}}}`; ids it has not are left out. */
const Fetched = v.object({
  vectors: v.optional(v.record(v.string(), v.object({ metadata: v.nullish(v.record(v.string(), v.unknown())) }))),
});

const Upserted = v.object({ upsertedCount: v.optional(integer) });

const readIndex = answerReader(IndexModel, "Pinecone", "the description of an index");
const readStats = answerReader(Stats, "Pinecone", "the figures of an index");
const readList = answerReader(ListPage, "Pinecone", "the list of records");
const readFetched = answerReader(Fetched, "Pinecone", "the answer with records");
const readUpserted = answerReader(Upserted, "Pinecone", "the acknowledgement");

/** What an index's host says of it, and of our namespace. */
export interface IndexStats {
  readonly records: number;
  /** null: it takes no dense vectors. */
  readonly dimension: number | null;
  readonly metric: string | null;
}

/** What a record of ours says of itself; of another's, or one that was changed, it may be missing. */
export interface RecordMarks {
  readonly contentHash: string;
  readonly profile: string | null;
}

export interface PineconeApiOptions {
  readonly control: string;
  readonly namespace: string;
  readonly key: Secret;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** One method for each request; every one is sent once. */
export class PineconeApi {
  readonly #control: string;
  readonly #namespace: string;
  readonly #key: Secret;
  readonly #send: StoreClient;

  constructor({ control, namespace, key, clock, timeoutMs }: PineconeApiOptions) {
    this.#control = control;
    this.#namespace = namespace;
    this.#key = key;
    this.#send = storeClient({
      clock,
      timeoutMs,
      headers: () => ({
        "api-key": key.reveal(),
        "x-pinecone-api-version": API_VERSION,
        "content-type": "application/json",
      }),
      redact: (text) => key.redact(text),
      // What these mean depends on what was asked.
      answers: [400, 404, 409, 422],
      refusal: refusalOf,
    });
  }

  /** null: there is no such index. */
  async describeIndex(name: string, signal: AbortSignal): Promise<IndexModel | null> {
    const url = `${this.#control}/indexes/${encodeURIComponent(name)}`;
    const answer = await this.#ask({ method: "GET", url }, signal);
    return answer.status === 404 ? null : readIndex(accepted(answer, url), url);
  }

  /** null: there is one of this name by now. */
  async createIndex(
    name: string,
    field: { readonly dimension: number; readonly metric: string },
    place: { readonly cloud: string; readonly region: string },
    signal: AbortSignal,
  ): Promise<IndexModel | null> {
    const url = `${this.#control}/indexes`;
    const body = JSON.stringify({
      name,
      schema: { fields: { [VECTOR_FIELD]: { type: "dense_vector", ...field } } },
      deployment: { deployment_type: "managed", ...place },
    });
    const answer = await this.#ask({ method: "POST", url, body }, signal);
    return answer.status === 409 ? null : readIndex(accepted(answer, url), url);
  }

  async stats(host: string, signal: AbortSignal): Promise<IndexStats> {
    const url = `${host}/describe_index_stats`;
    const answer = await this.#ask({ method: "POST", url, body: "{}" }, signal);
    const { namespaces, dimension = null, metric = null } = readStats(accepted(answer, url), url);
    return { records: namespaces?.[this.#namespace]?.vectorCount ?? 0, dimension, metric };
  }

  /**
   * All of them or none.
   * @param vectors JSON of each
   * @returns the place of the write in the namespace's log, or null where it is not said
   * @throws `item-refused`, `too-large`
   */
  async upsert(host: string, vectors: readonly string[], signal: AbortSignal): Promise<number | null> {
    const url = `${host}/vectors/upsert`;
    const body = `{"namespace":${JSON.stringify(this.#namespace)},"vectors":[${vectors.join(",")}]}`;
    const answer = await this.#ask({ method: "POST", url, body }, signal);
    const { status, text } = answer;
    if (status === 400 || status === 422) {
      const isTooLarge = /too large|exceeds the maximum supported size/i.test(text);
      // Something about one of the records: halving finds out which.
      const code = isTooLarge ? "too-large" : "item-refused";
      throw new SoferError(code, `Pinecone refused the records (status ${status}): ${messageOf(text)}`, {
        url,
        status,
      });
    }
    const { upsertedCount = vectors.length } = readUpserted(accepted(answer, url), url);
    if (upsertedCount === vectors.length) return numberIn(answer, "x-pinecone-request-lsn");
    const counts = `${upsertedCount} of ${vectors.length}`;
    throw new SoferError("server-error", `Pinecone took ${counts} records, and does not say which`, { url, status });
  }

  /** As `upsert`; a namespace that is not there has none of them. */
  async remove(host: string, ids: readonly string[], signal: AbortSignal): Promise<number | null> {
    const url = `${host}/vectors/delete`;
    const body = JSON.stringify({ ids, namespace: this.#namespace });
    const answer = await this.#ask({ method: "POST", url, body }, signal);
    return lacksNamespace(answer) ? null : numberIn(accepted(answer, url), "x-pinecone-request-lsn");
  }

  /** Up to where the namespace's log is in what queries see, or null where it is not said. */
  async indexedUpTo(host: string, dimension: number, signal: AbortSignal): Promise<number | null> {
    const url = `${host}/query`;
    const vector = [1, ...Array.from({ length: dimension - 1 }, () => 0)];
    const asked = { namespace: this.#namespace, vector, topK: 1, includeValues: false, includeMetadata: false };
    const answer = await this.#ask({ method: "POST", url, body: JSON.stringify(asked) }, signal);
    return lacksNamespace(answer) ? null : numberIn(accepted(answer, url), "x-pinecone-max-indexed-lsn");
  }

  async list(
    host: string,
    from: string | null,
    signal: AbortSignal,
  ): Promise<{ ids: readonly string[]; next: string | null }> {
    const query = new URLSearchParams({ namespace: this.#namespace, limit: String(LIST_PAGE) });
    if (from !== null) query.set("paginationToken", from);
    const answer = await this.#ask({ method: "GET", url: `${host}/vectors/list?${query.toString()}` }, signal);
    if (lacksNamespace(answer)) return { ids: [], next: null };
    const { vectors, pagination } = readList(accepted(answer, `${host}/vectors/list`), `${host}/vectors/list`);
    return { ids: (vectors ?? []).map(({ id }) => id), next: pagination?.next || null };
  }

  /** What each record that is there says of itself. */
  async marks(host: string, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, RecordMarks>> {
    const url = `${host}/vectors/fetch`;
    const query = new URLSearchParams({ namespace: this.#namespace });
    for (const id of ids) query.append("ids", id);
    const answer = await this.#ask({ method: "GET", url: `${url}?${query.toString()}` }, signal);
    if (lacksNamespace(answer)) return new Map();
    const { vectors } = readFetched(accepted(answer, url), url);
    return new Map(
      Object.entries(vectors ?? {}).map(([id, { metadata }]) => {
        const { contentHash, profile } = metadata ?? {};
        return [
          id,
          {
            contentHash: typeof contentHash === "string" ? contentHash : "",
            profile: typeof profile === "string" ? profile : null,
          },
        ];
      }),
    );
  }

  /** A refusal that is looked at is shown too: the key is taken out of it here, as storeClient does for the others. */
  async #ask(request: StoreRequest, signal: AbortSignal): Promise<StoreAnswer> {
    const answer = await this.#send(request, signal);
    return answer.status < 400 ? answer : { ...answer, text: this.#key.redact(answer.text) };
  }
}

/** @throws what a refusal means that the request did not look for */
function accepted(answer: StoreAnswer, url: string): StoreAnswer {
  const { status, text } = answer;
  if (status < 400) return answer;
  const { host } = new URL(url);
  if (status === 404) {
    throw new SoferError("unreachable", `${host} has no such index: ${messageOf(text)}`, { url, status });
  }
  throw new SoferError("mismatch", `Pinecone refused the request (status ${status}): ${messageOf(text)}`, {
    url,
    status,
    hint: "check the options of the sink",
  });
}

/** A namespace is made by its first record, and may be gone with its last. */
function lacksNamespace({ status, text }: StoreAnswer): boolean {
  return status === 404 && /namespace/i.test(text);
}

/** What Pinecone means by a status, where it differs from what others mean by it; null: the same. */
function refusalOf(answer: StoreAnswer): SoferError | null {
  const { status } = answer;
  const said = messageOf(answer.text);
  // The two that a pause does not help: docs.pinecone.io, "Error handling" and "Rate limits".
  if (status === 402 || status === 403 || (status === 429 && /\bmonth/i.test(answer.text))) {
    return new SoferError("unauthorized", `Pinecone does not allow this (status ${status}): ${said}`, {
      status,
      hint: "the key's rights, the plan's quotas and the account are seen in Pinecone's console",
    });
  }
  return strangeStatus(answer, "Pinecone");
}

/** `{"code":3,"message":"…"}` of an index's host, `{"error":{"code":"…","message":"…"}}` of the control plane. */
function messageOf(text: string): string {
  const value = jsonOf(text);
  const inner = fieldOf(value, "error") ?? value;
  const message = fieldOf(inner, "message");
  return shortly(typeof message === "string" ? message : text);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function numberIn({ headers }: StoreAnswer, name: string): number | null {
  const value = headers.get(name) ?? "";
  return /^\d+$/.test(value) ? Number(value) : null;
}
