import { objectOf, parsedObject } from "../../testing/json.ts";
import {
  deleteVectors,
  fetchVectors,
  listVectors,
  queryVectors,
  rpcError,
  show,
  stats,
  upsertVectors,
  type FakeBehaviour,
  type FakeIndex,
  type FakeVector,
} from "./fake-vectors.ts";

/**
 * A stand-in for Pinecone: the control plane and the host of one index at one address, for the requests that sofer and
 * the official client make. What it takes and refuses is what docs.pinecone.io says (API reference 2026-07, "Database
 * limits", "Check data freshness"); the bodies of errors have the two forms of the service.
 */

export interface FakeRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly bytes: number;
  readonly status: number;
}

/** What the next request, or the next to a path, is answered with instead. */
export interface FakeFault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Beginning of the paths it is for. */
  readonly path?: string;
}

const VERSION = "2026-07";
const DENSE = "_values";
export class FakePinecone {
  readonly key: string;
  readonly requests: FakeRequest[] = [];
  readonly indexes = new Map<string, FakeIndex>();
  readonly behaviour: FakeBehaviour = { refused: new Set(), seenAfterQueries: 0 };
  /** Descriptions for which a new index is not ready. */
  unreadyFor = 0;
  #faults: FakeFault[] = [];
  #server: Bun.Server<undefined> | null = null;
  #port = 0;

  constructor(key: string) {
    this.key = key;
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

  fail(fault: FakeFault): void {
    this.#faults.push(fault);
  }

  makeIndex(name: string, dimension: number, options: { metric?: string; field?: string } = {}): FakeIndex {
    const index: FakeIndex = {
      name,
      field: { name: options.field ?? DENSE, dimension, metric: options.metric ?? "cosine" },
      deployment: { deployment_type: "managed", cloud: "aws", region: "us-east-1" },
      unready: this.unreadyFor,
      namespaces: new Map(),
      pending: new Map(),
      written: new Map(),
    };
    this.indexes.set(name, index);
    return index;
  }

  /** What a namespace holds, seen or not. */
  held(name: string, namespace: string): Map<string, FakeVector> {
    const index = this.indexes.get(name);
    if (index === undefined) return new Map();
    show(index, namespace);
    return index.namespaces.get(namespace) ?? new Map();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    const at = this.#faults.findIndex(({ path }) => path === undefined || pathname.startsWith(path));
    const [fault] = at < 0 ? [] : this.#faults.splice(at, 1);
    const response =
      fault === undefined
        ? this.#route(request, pathname, new URLSearchParams(search), body)
        : new Response(fault.body ?? "", { status: fault.status, headers: { ...fault.headers } });
    this.requests.push({
      method: request.method,
      target: pathname + search,
      headers: request.headers,
      bytes: Buffer.byteLength(body),
      status: response.status,
    });
    return response;
  }

  #route(request: Request, path: string, query: URLSearchParams, body: string): Response {
    const isControl = path.startsWith("/indexes");
    const given = request.headers.get("api-key");
    // The service repeats what it was given, so whoever shows its errors must take the key out.
    if (given !== this.key) return new Response(`Malformed or unknown API key: ${given}`, { status: 401 });
    if (request.headers.get("x-pinecone-api-version") !== VERSION) {
      return isControl
        ? controlError(400, "INVALID_ARGUMENT", `this stand-in knows only version ${VERSION}`)
        : rpcError(400, 3, `this stand-in knows only version ${VERSION}`);
    }
    let parsed: Record<string, unknown> = {};
    if (request.method === "POST") {
      const value = parsedObject(body);
      if (value === null) return rpcError(400, 3, "the body is no JSON object");
      parsed = value;
    }
    return isControl
      ? this.#control(request.method, path, parsed)
      : this.#data(request.method, path, query, parsed, body);
  }

  #control(method: string, path: string, body: Record<string, unknown>): Response {
    if (method === "POST" && path === "/indexes") return this.#create(body);
    const name = decodeURIComponent(path.slice("/indexes/".length));
    const index = this.indexes.get(name);
    if (index === undefined) return controlError(404, "NOT_FOUND", `Resource ${name} not found`);
    if (method === "DELETE") {
      this.indexes.delete(name);
      return new Response(null, { status: 202 });
    }
    const described = this.#model(index);
    if (index.unready > 0) index.unready--;
    return Response.json(described);
  }

  #create(body: Record<string, unknown>): Response {
    const name = String(body["name"] ?? "");
    if (!/^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$/.test(name)) {
      return controlError(400, "INVALID_ARGUMENT", "Name must consist of lower case alphanumeric characters or '-'");
    }
    for (const old of ["dimension", "metric", "spec", "vector_type"]) {
      if (old in body) return controlError(400, "INVALID_ARGUMENT", `unknown field ${old}`);
    }
    const fields = objectOf(objectOf(body["schema"])["fields"]);
    const entries = Object.entries(fields);
    const [field, definition] = entries[0] ?? ["", {}];
    const { type, dimension, metric = "cosine" } = objectOf(definition);
    if (entries.length !== 1 || type !== "dense_vector") {
      return controlError(400, "INVALID_ARGUMENT", "this stand-in makes indexes with one dense field");
    }
    if (typeof dimension !== "number" || !Number.isInteger(dimension) || dimension < 1 || dimension > 20_000) {
      return controlError(400, "INVALID_ARGUMENT", "Dimension must be between 1 and 20000");
    }
    if (!["cosine", "dotproduct", "euclidean"].includes(String(metric))) {
      return controlError(400, "INVALID_ARGUMENT", "unknown metric");
    }
    const { deployment_type: kind = "managed", cloud = "aws", region = "us-east-1" } = objectOf(body["deployment"]);
    if (!["aws", "gcp", "azure"].includes(String(cloud))) {
      return controlError(400, "INVALID_ARGUMENT", `Cloud ${String(cloud)} is unknown`);
    }
    if (this.indexes.has(name)) return controlError(409, "ALREADY_EXISTS", "Resource  already exists");
    const index = this.makeIndex(name, dimension, { metric: String(metric), field });
    Object.assign(index.deployment, { deployment_type: kind, cloud, region });
    return Response.json(this.#model(index), { status: 201 });
  }

  #model({ name, field, deployment, unready }: FakeIndex): object {
    const isReady = unready === 0;
    const { name: fieldName, dimension, metric } = field;
    return {
      name,
      host: this.url,
      status: { ready: isReady, state: isReady ? "Ready" : "Initializing" },
      deployment,
      read_capacity: { mode: "OnDemand", status: { state: "Ready" } },
      schema: { fields: { [fieldName]: { type: "dense_vector", dimension, metric } } },
      deletion_protection: "disabled",
      tags: null,
    };
  }

  #data(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, raw: string): Response {
    // One address, one index: the last that was made.
    const index = [...this.indexes.values()].at(-1);
    if (index === undefined || index.unready > 0) return rpcError(404, 5, "Index not found");
    const namespace = String((method === "GET" ? query.get("namespace") : body["namespace"]) ?? "") || "__default__";
    const to = { index, namespace, behaviour: this.behaviour };
    switch (`${method} ${path}`) {
      case "POST /vectors/upsert":
        return upsertVectors(to, body, raw);
      case "POST /vectors/delete":
        return deleteVectors(to, body);
      case "POST /query":
        return queryVectors(to, body);
      case "POST /describe_index_stats":
        return stats(index);
      case "GET /vectors/fetch":
        return fetchVectors(to, query);
      case "GET /vectors/list":
        return listVectors(to, query);
      default:
        return new Response("Not Found", { status: 404 });
    }
  }
}

function controlError(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message }, status }, { status });
}
