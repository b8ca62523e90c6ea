import { objectOf, parsedObject } from "../../testing/json.ts";
import { documentFault, mappingFault, type FakeItemError, type Flavor } from "./fake-mapping.ts";
import { failure, search, SHARDS, type FakeElasticIndex } from "./fake-index.ts";

/**
 * A stand-in for Elasticsearch, or for OpenSearch, for the requests that sofer and the official client make: what the
 * reference of each says of creating an index, bulk requests, searches and their errors. What was written is found by a
 * search only after a refresh, as there. A bulk request to an index that is missing makes one, as there.
 */

export interface FakeElasticRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly bytes: number;
  readonly status: number;
}

export interface FakeElasticFault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** End of the paths it is for. */
  readonly path?: string;
}

type Item = Record<string, Record<string, unknown>>;

const VERSIONS: Readonly<Record<Flavor, string>> = { elasticsearch: "9.1.4", opensearch: "2.19.1" };

export class FakeElastic {
  readonly flavor: Flavor;
  readonly requests: FakeElasticRequest[] = [];
  readonly indexes = new Map<string, FakeElasticIndex>();
  /** Records that are refused, one for one, and how. */
  readonly refused = new Map<string, FakeItemError>();
  /** http.max_content_length. */
  maxBytes = 100 * 1024 * 1024;
  /** Value of the header `authorization`; null: whoever asks may. */
  authorization: string | null = null;
  #faults: FakeElasticFault[] = [];
  #server: Bun.Server<undefined> | null = null;
  #port = 0;

  constructor(flavor: Flavor = "elasticsearch") {
    this.flavor = flavor;
    this.start();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** At the same address as before. */
  start(): void {
    this.#server = Bun.serve({ port: this.#port, hostname: "127.0.0.1", fetch: (request) => this.#answer(request) });
    this.#port = this.#server.port ?? 0;
  }

  /** Connections are refused from now on. */
  async stop(): Promise<void> {
    await this.#server?.stop(true);
    this.#server = null;
  }

  fail(fault: FakeElasticFault): void {
    this.#faults.push(fault);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    const at = this.#faults.findIndex(({ path }) => path === undefined || pathname.endsWith(path));
    const [fault] = at < 0 ? [] : this.#faults.splice(at, 1);
    const response =
      fault === undefined
        ? this.#route(request, pathname, new URLSearchParams(search), body)
        : new Response(fault.body ?? "", { status: fault.status, headers: { ...fault.headers } });
    if (this.flavor === "elasticsearch") response.headers.set("x-elastic-product", "Elasticsearch");
    // A client that says which version it speaks is answered in it.
    const accept = request.headers.get("accept") ?? "";
    if (accept.startsWith("application/vnd.elasticsearch+json")) {
      response.headers.set("content-type", "application/vnd.elasticsearch+json;compatible-with=9");
    }
    const bytes = Buffer.byteLength(body);
    const { method, headers } = request;
    this.requests.push({ method, target: pathname + search, headers, bytes, status: response.status });
    return response;
  }

  #route(request: Request, pathname: string, query: URLSearchParams, body: string): Response {
    if (this.authorization !== null && request.headers.get("authorization") !== this.authorization) {
      const given = request.headers.get("authorization") ?? "";
      return failure(
        401,
        "security_exception",
        `unable to authenticate with [${given}] for REST request [${pathname}]`,
      );
    }
    if (Buffer.byteLength(body) > this.maxBytes) return new Response("", { status: 413 });
    const type = request.headers.get("content-type") ?? "";
    if (body !== "" && !/json/.test(type)) {
      return Response.json({ error: `Content-Type header [${type}] is not supported`, status: 406 }, { status: 406 });
    }
    const [name = "", action = "", id = ""] = pathname.slice(1).split("/").map(decodeURIComponent);
    if (name === "") return this.#root();
    if (name === "_bulk") return this.#bulk(null, body, query);
    const { method } = request;
    const key = `${method} ${action}`;
    if (key === "PUT ") return this.#create(name, body);
    if (key === "POST _bulk" || key === "PUT _bulk") return this.#bulk(name, body, query);
    const index = this.indexes.get(name);
    if (index === undefined) return missing(name);
    switch (key) {
      case "HEAD ":
        return new Response(null);
      case "DELETE ":
        this.indexes.delete(name);
        return Response.json({ acknowledged: true });
      case "GET _mapping":
        return Response.json({ [name]: { mappings: index.mappings } });
      case "GET _refresh":
      case "POST _refresh":
        return refreshed(index);
      case "GET _count":
      case "POST _count":
        return Response.json({ count: index.seen.size, _shards: SHARDS });
      case "GET _doc":
        return document(index, name, id);
      case "POST _search":
        return search(index, name, body, this.flavor);
      default:
        return failure(405, "method_not_allowed", `no handler for ${key}`);
    }
  }

  #root(): Response {
    const isOpen = this.flavor === "opensearch";
    return Response.json({
      name: "node-1",
      cluster_name: "stand-in",
      version: {
        number: VERSIONS[this.flavor],
        ...(isOpen ? { distribution: "opensearch" } : { build_flavor: "default" }),
      },
      tagline: isOpen ? "The OpenSearch Project: https://opensearch.org/" : "You Know, for Search",
    });
  }

  #create(name: string, body: string): Response {
    if (name !== name.toLowerCase() || /^[_+-]|[\\/*?"<>| ,#:]/.test(name)) {
      return failure(400, "invalid_index_name_exception", `Invalid index name [${name}]`);
    }
    if (this.indexes.has(name)) {
      return failure(400, "resource_already_exists_exception", `index [${name}/uuid] already exists`);
    }
    const parsed = parsedObject(body === "" ? "{}" : body);
    if (parsed === null) return failure(400, "parse_exception", "request body is not JSON");
    const { mappings = {}, settings = {} } = parsed;
    const why = mappingFault(this.flavor, objectOf(objectOf(mappings)["properties"]));
    if (why !== null) return failure(400, "mapper_parsing_exception", `Failed to parse mapping: ${why}`);
    const index = { mappings: objectOf(mappings), settings: objectOf(settings), documents: new Map(), seen: new Map() };
    this.indexes.set(name, index);
    return Response.json({ acknowledged: true, shards_acknowledged: true, index: name });
  }

  #bulk(target: string | null, body: string, query: URLSearchParams): Response {
    if (!body.endsWith("\n")) {
      return failure(400, "illegal_argument_exception", "The bulk request must be terminated by a newline [\\n]");
    }
    const lines = body.slice(0, -1).split("\n");
    const items: Item[] = [];
    const touched = new Set<FakeElasticIndex>();
    for (let at = 0; at < lines.length; at++) {
      const entry = Object.entries(parsedObject(lines[at] ?? "") ?? {})[0];
      if (entry === undefined || !["index", "delete"].includes(entry[0])) {
        return failure(400, "illegal_argument_exception", `Malformed action/metadata line [${at + 1}]`);
      }
      const [action, meta] = [entry[0], objectOf(entry[1])];
      const name = String(meta["_index"] ?? target ?? "");
      const id = String(meta["_id"] ?? crypto.randomUUID());
      const source = action === "index" ? parsedObject(lines[++at] ?? "") : {};
      const index = this.indexes.get(name) ?? this.#made(name);
      touched.add(index);
      const failed =
        this.refused.get(id) ?? (source === null ? NO_JSON : documentFault(this.flavor, index.mappings, source));
      items.push({
        [action]: failed === null ? written(index, action, name, id, source ?? {}) : itemError(name, id, failed),
      });
    }
    if (query.get("refresh") === "true" || query.get("refresh") === "") for (const index of touched) refreshed(index);
    const errors = items.some((item) => Object.values(item).some(({ error }) => error !== undefined));
    return Response.json({ took: 3, errors, items });
  }

  /** What a bulk request makes of an index that is missing: it guesses the mapping. */
  #made(name: string): FakeElasticIndex {
    const index = { mappings: { properties: {} }, settings: {}, documents: new Map(), seen: new Map() };
    this.indexes.set(name, index);
    return index;
  }
}

const NO_JSON: FakeItemError = { status: 400, type: "document_parsing_exception", reason: "failed to parse" };

function written(
  index: FakeElasticIndex,
  action: string,
  name: string,
  id: string,
  source: Record<string, unknown>,
): Record<string, unknown> {
  const before = index.documents.get(id);
  const version = (before?.version ?? 0) + 1;
  const base = { _index: name, _id: id, _version: version, _shards: SHARDS, _seq_no: 1, _primary_term: 1 };
  if (action === "delete") {
    index.documents.delete(id);
    const isThere = before !== undefined;
    return { ...base, result: isThere ? "deleted" : "not_found", status: isThere ? 200 : 404 };
  }
  index.documents.set(id, { source, version });
  return { ...base, result: before === undefined ? "created" : "updated", status: before === undefined ? 201 : 200 };
}

function itemError(name: string, id: string, { status, type, reason }: FakeItemError): Record<string, unknown> {
  return { _index: name, _id: id, status, error: { type, reason } };
}

function refreshed(index: FakeElasticIndex): Response {
  index.seen = new Map(index.documents);
  return Response.json({ _shards: SHARDS });
}

function document(index: FakeElasticIndex, name: string, id: string): Response {
  const found = index.documents.get(id);
  const base = { _index: name, _id: id, found: found !== undefined };
  if (found === undefined) return Response.json(base, { status: 404 });
  return Response.json({ ...base, _version: found.version, _source: found.source });
}

function missing(name: string): Response {
  return failure(404, "index_not_found_exception", `no such index [${name}]`);
}
