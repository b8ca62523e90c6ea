import { SoferError, type Clock, type Secret } from "@sofer/core";
import * as v from "valibot";
import { storeClient, type StoreAnswer, type StoreClient, type StoreRequest } from "../http.ts";
import { answerReader, integer, jsonOf, shortly, strangeStatus, natural } from "../wire.ts";
import type { IndexMeta, ServerKind } from "./mapping.ts";

const STORE = "Elasticsearch or OpenSearch";
/** Hits on one page of a scan; an index gives at most 10,000. One is some 200 bytes. */
export const SCAN_PAGE = 2000;

/** `GET /`: `{"version":{"number":"2.19.1","distribution":"opensearch"},"tagline":"The OpenSearch Project: …"}` */
const Root = v.object({
  version: v.object({ number: v.string(), distribution: v.optional(v.string()) }),
  tagline: v.optional(v.string()),
});

const Meta = v.object({
  mapping: integer,
  profile: v.string(),
  model: v.nullable(v.string()),
});

/** `GET /{index}/_mapping`: `{"sofer":{"mappings":{"_meta":{…},"properties":{"vector":{"type":"dense_vector","dims":768}}}}}` */
const Mappings = v.record(
  v.string(),
  v.object({
    mappings: v.object({
      _meta: v.optional(v.object({ sofer: v.optional(Meta) })),
      properties: v.optional(
        v.record(v.string(), v.object({ dims: v.optional(integer), dimension: v.optional(integer) })),
      ),
    }),
  }),
);

const Count = v.object({ count: natural });

/** `POST /{index}/_bulk`: `{"errors":true,"items":[{"index":{"_id":"…","status":400,"error":{"type":"…","reason":"…"}}}]}` */
const Bulk = v.object({
  errors: v.boolean(),
  items: v.array(
    v.record(
      v.string(),
      v.object({
        _id: v.nullish(v.string()),
        status: integer,
        error: v.optional(v.unknown()),
      }),
    ),
  ),
});

/** `POST /{index}/_search`: `{"timed_out":false,"_shards":{"failed":0},"hits":{"hits":[{"_id":"…","sort":["…"],"fields":{"contentHash":["…"]}}]}}` */
const Found = v.object({
  timed_out: v.boolean(),
  _shards: v.object({ failed: integer }),
  hits: v.object({
    hits: v.array(
      v.object({
        _id: v.string(),
        sort: v.array(v.unknown()),
        fields: v.optional(v.record(v.string(), v.array(v.unknown()))),
      }),
    ),
  }),
});

const Done = v.object({});

const readRoot = answerReader(Root, STORE, "the answer at /");
const readMappings = answerReader(Mappings, STORE, "the mapping");
const readCount = answerReader(Count, STORE, "the count");
const readBulk = answerReader(Bulk, STORE, "the answer to a bulk request");
const readFound = answerReader(Found, STORE, "the answer to a search");
const readDone = answerReader(Done, STORE, "the answer");

/** An index that is there. */
export interface FoundIndex {
  /** null: it does not say that it is ours. */
  readonly meta: IndexMeta | null;
  /** Of its vectors; null: it has none. */
  readonly dimensions: number | null;
}

/** What became of one line of a bulk request. */
export interface BulkItem {
  readonly status: number;
  /** "" where it went well. */
  readonly type: string;
  readonly said: string;
}

export interface ElasticApiOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly index: string;
  /** Value of the header `authorization`, or null. */
  readonly authorization: Secret | null;
  readonly redact: (text: string) => string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** One method for each request; every one is sent once. */
export class ElasticApi {
  readonly #url: string;
  readonly #index: string;
  readonly #redact: (text: string) => string;
  readonly #send: StoreClient;

  constructor({ url, index, authorization, redact, clock, timeoutMs }: ElasticApiOptions) {
    this.#url = url;
    this.#index = `${url}/${encodeURIComponent(index)}`;
    this.#redact = redact;
    this.#send = storeClient({
      clock,
      timeoutMs,
      headers: () => ({
        "content-type": "application/json",
        ...(authorization === null ? {} : { authorization: authorization.reveal() }),
      }),
      redact,
      // What these mean depends on what was asked.
      answers: [400, 404],
      refusal: refusalOf,
    });
  }

  async server(signal: AbortSignal): Promise<ServerKind> {
    const url = `${this.#url}/`;
    const answer = await this.#ask({ method: "GET", url }, signal);
    const { version, tagline } = readRoot(accepted(answer, url), url);
    if (version.distribution === "opensearch") return "opensearch";
    const saysElastic =
      answer.headers.get("x-elastic-product") === "Elasticsearch" || tagline === "You Know, for Search";
    if (saysElastic) return "elasticsearch";
    throw new SoferError("mismatch", `${new URL(url).host} says that it is neither Elasticsearch nor OpenSearch`, {
      url,
    });
  }

  /** null: there is none of this name. */
  async find(signal: AbortSignal): Promise<FoundIndex | null> {
    const url = `${this.#index}/_mapping`;
    const answer = await this.#ask({ method: "GET", url }, signal);
    if (isMissing(answer)) return null;
    const [found, ...more] = Object.values(readMappings(accepted(answer, url), url));
    if (found === undefined || more.length > 0) {
      throw new SoferError("mismatch", "the name stands for several indexes, and records go into one", { url });
    }
    const { _meta: meta, properties } = found.mappings;
    const vector = properties?.["vector"];
    return { meta: meta?.sofer ?? null, dimensions: vector?.dims ?? vector?.dimension ?? null };
  }

  /** @returns false: there is one of this name by now */
  async create(body: object, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#ask({ method: "PUT", url: this.#index, body: JSON.stringify(body) }, signal);
    if (answer.status === 400 && errorOf(answer.text).type === "resource_already_exists_exception") return false;
    readDone(accepted(answer, this.#index), this.#index);
    return true;
  }

  async count(signal: AbortSignal): Promise<number> {
    const url = `${this.#index}/_count`;
    return readCount(accepted(await this.#ask({ method: "GET", url }, signal), url), url).count;
  }

  async refresh(signal: AbortSignal): Promise<void> {
    const url = `${this.#index}/_refresh`;
    readDone(accepted(await this.#ask({ method: "POST", url }, signal), url), url);
  }

  /**
   * @param lines the body
   * @param ids whose outcomes are expected, in the order of the lines
   */
  async bulk(lines: string, ids: readonly string[], signal: AbortSignal): Promise<readonly BulkItem[]> {
    const url = `${this.#index}/_bulk`;
    const headers = { "content-type": "application/x-ndjson" };
    const answer = await this.#ask({ method: "POST", url, body: lines, headers }, signal);
    const items = readBulk(accepted(answer, url), url).items.flatMap((item) => Object.values(item));
    if (items.length !== ids.length || items.some(({ _id: id }, at) => id !== ids[at])) {
      throw new SoferError("server-error", "the answer to a bulk request is not of the records that were sent", {
        url,
      });
    }
    return items.map(({ status, error }) => {
      const { type, reason } = describedError(error);
      return { status, type, said: shortly(this.#redact(`${type} ${reason}`)) };
    });
  }

  /**
   * Ids and hashes in the order of the ids. The next page begins after the last id of this one, so nothing is held open
   * in the store between pages, and what is written meanwhile moves no record from one page to another.
   */
  async page(after: string | null, signal: AbortSignal): Promise<v.InferOutput<typeof Found>["hits"]["hits"]> {
    const url = `${this.#index}/_search`;
    const body = {
      size: SCAN_PAGE,
      query: { exists: { field: "id" } },
      sort: [{ id: "asc" }],
      _source: false,
      docvalue_fields: ["contentHash"],
      track_total_hits: false,
      ...(after === null ? {} : { search_after: [after] }),
    };
    // Without this a shard that is away makes its records look lost.
    const asked = `${url}?allow_partial_search_results=false`;
    const answer = await this.#ask({ method: "POST", url: asked, body: JSON.stringify(body) }, signal);
    const { timed_out: isCut, _shards: shards, hits } = readFound(accepted(answer, url), url);
    if (!isCut && shards.failed === 0) return hits.hits;
    throw new SoferError("server-error", `a search was answered in part only (${shards.failed} shards failed)`, {
      url,
    });
  }

  /** A refusal that is looked at is shown too: secrets are taken out of it here, as storeClient does for the others. */
  async #ask(request: StoreRequest, signal: AbortSignal): Promise<StoreAnswer> {
    const answer = await this.#send(request, signal);
    return answer.status < 400 ? answer : { ...answer, text: this.#redact(answer.text) };
  }
}

/** @throws what a refusal means that the request did not look for: nothing that repeating helps */
function accepted(answer: StoreAnswer, url: string): StoreAnswer {
  const { status, text } = answer;
  if (status < 400) return answer;
  const { host } = new URL(url);
  if (isMissing(answer)) throw new SoferError("unreachable", `the index at ${host} is gone`, { url, status });
  throw new SoferError("mismatch", `${host} refused the request (status ${status}): ${saidIn(text)}`, { url, status });
}

/** What these two mean by a status, where it differs from what others mean by it; null: the same. */
function refusalOf(answer: StoreAnswer): SoferError | null {
  const { type } = errorOf(answer.text);
  if (answer.status === 403 && type === "cluster_block_exception") return blocked(saidIn(answer.text));
  return strangeStatus(answer, STORE);
}

/** An index that was made read-only, by hand or for want of disk, takes nothing until somebody frees it. */
export function blocked(said: string): SoferError {
  return new SoferError("unreachable", `the index is blocked: ${said}`, {
    hint: "see the server's disk space, and the index's setting index.blocks",
  });
}

function isMissing({ status, text }: StoreAnswer): boolean {
  return status === 404 && errorOf(text).type === "index_not_found_exception";
}

/** `{"error":{"type":"…","reason":"…"},"status":400}`; from a proxy anything. */
function errorOf(text: string): { type: string; reason: string } {
  const value = jsonOf(text);
  return describedError(typeof value === "object" && value !== null ? Reflect.get(value, "error") : undefined);
}

function describedError(error: unknown): { type: string; reason: string } {
  if (typeof error !== "object" || error === null) return { type: "", reason: typeof error === "string" ? error : "" };
  const [type, reason, cause] = ["type", "reason", "caused_by"].map((name): unknown => Reflect.get(error, name));
  const inner = cause === undefined ? "" : describedError(cause).reason;
  const said = typeof reason === "string" ? reason : "";
  return { type: typeof type === "string" ? type : "", reason: inner === "" ? said : `${said}: ${inner}` };
}

function saidIn(text: string): string {
  const { type, reason } = errorOf(text);
  return shortly(type === "" && reason === "" ? text : `${type} ${reason}`);
}
