import { systemClock, type Clock } from "@sofer/core";
import type { Server } from "bun";
import { contentsAnswer, titlesAnswer } from "./answers/contents.ts";
import { AnswerError, errorAnswer, htmlAnswer, type Answer } from "./answers/answer.ts";
import { indexAnswer } from "./answers/book-index.ts";
import { relatedAnswer } from "./answers/related.ts";
import { shapeAnswer } from "./answers/shape.ts";
import { textsAnswer, versionsAnswer } from "./answers/texts.ts";
import type { BucketOptions } from "./bucket/bucket.ts";
import type { StoredExport } from "./bucket/stored-export.ts";
import { bucketAnswer, bucketRequest, type BucketRequest } from "./bucket/route.ts";
import type { Edit } from "./edits/edit.ts";
import { Embeddings, type EmbeddingStats } from "./embeddings/embeddings.ts";
import type { EmbeddingFault } from "./embeddings/rule.ts";
import { Faults } from "./faults/faults.ts";
import type { FaultRule } from "./faults/rule.ts";
import { send, SLOW_MS } from "./faults/send.ts";
import { onWire, spoil, type WireAnswer } from "./faults/spoil.ts";
import type { SandboxLibrary } from "./library.ts";
import type { Shelf } from "./opened-book.ts";
import { ownPage } from "./own-pages.ts";
import { Random } from "./random.ts";
import { Stand } from "./stand.ts";
import { Meter, type Endpoint, type LoggedRequest, type Stats } from "./stats.ts";

export interface SandboxOptions {
  readonly library: SandboxLibrary;
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly hostname?: string;
  /** Every answer waits this long. */
  readonly latencyMs?: number;
  /** And up to this much longer, by a fixed seed. */
  readonly jitterMs?: number;
  /** Keeps arrival time and path of every request. */
  readonly logRequests?: boolean;
  readonly faults?: readonly FaultRule[];
  /** What goes wrong with `/v1/embeddings`. */
  readonly embeddingFaults?: readonly EmbeddingFault[];
  /** How the export bucket beside the service is kept. */
  readonly bucket?: BucketOptions;
  /** Objects that were written before (`writeExport`), in place of those made from the library. */
  readonly exported?: StoredExport;
  readonly clock?: Clock;
}

export interface Sandbox {
  readonly url: string;
  readonly port: number;
  stats(): Stats;
  requests(): readonly LoggedRequest[];
  resetStats(): void;
  /** What is published now, edits included. */
  library(): SandboxLibrary;
  /** Changes what is published, for the service and the bucket alike. @throws EditError for what is not there. */
  edit(...edits: readonly Edit[]): void;
  /** These rules take the place of those before. */
  setFaults(rules: readonly FaultRule[]): void;
  embeddingStats(): EmbeddingStats;
  setEmbeddingFaults(rules: readonly EmbeddingFault[]): void;
  /** Nobody is listened to for so long: connections are refused, those that are open break. */
  outage(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Longest Bun allows: a client's idle connections are not to be closed under it, they are counted. */
const IDLE_SECONDS = 255;
const ANSWER_MS = 20;

/**
 * Starts a stand-in for the service and for the export bucket on this machine, both at one address: `/api/…` is the
 * service, `/storage/v1/b/sefaria-export/o` the listing, `/sefaria-export/{name}` an object; and, for what comes after the
 * texts, `/v1/embeddings` gives vectors. Its own pages under `/_sandbox/` are not
 * counted.
 */
export function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { library, latencyMs = 0, jitterMs = 0, clock = systemClock, hostname = "127.0.0.1" } = options;
  const stand = new Stand(library, options.bucket, options.exported);
  const meter = new Meter(options.logRequests ?? false);
  let faults = new Faults(options.faults ?? [], clock);
  const jitter = new Random("latency");
  const delayOf = () => latencyMs + (jitterMs > 0 ? jitter.next() * jitterMs : 0);
  const embeddings = new Embeddings(clock, options.embeddingFaults);

  const rightAnswer = async (url: URL, asked: BucketRequest | null, isSpoilt: boolean, request: Request) => {
    if (asked === null) return onWire(answerTo(url, stand.shelf));
    const { names, objectKind, ...answer } = await bucketAnswer(asked, stand.objects, request);
    if (!isSpoilt) stand.listed(names);
    if (objectKind !== null) meter.objectSent(objectKind, answer.status);
    return answer;
  };

  const serve = async (request: Request, server: Server<undefined>): Promise<Response> => {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/_sandbox/")) return ownPage(url, request, own);
    if (url.pathname === "/v1/embeddings" && request.method === "POST") return embeddings.answer(request, delayOf());
    const asked = bucketRequest(url);
    const endpoint = asked === null ? endpointOf(url.pathname) : endpointOfBucket(asked);
    const client = server.requestIP(request);
    const socket = `${client?.address ?? ""}:${client?.port ?? 0}`;
    const path = url.pathname + url.search;
    const said = decode(path) ?? path;
    meter.arrived(endpoint, path, socket, asked);
    let sentBytes = 0;
    try {
      const fault = faults.next(endpoint, said, socket);
      if (fault !== null) meter.faulted(fault.kind);
      const delayMs = delayOf();
      const extraMs = fault?.kind === "slow" ? (fault.delayMs ?? SLOW_MS) : 0;
      if (delayMs + extraMs > 0) await clock.sleep(delayMs + extraMs);
      if (fault?.kind === "replaced" && asked?.kind === "object") stand.replace(asked.name);
      const right = await rightAnswer(url, asked, fault !== null, request);
      const answer: WireAnswer = fault === null ? right : spoil(fault, right, endpoint);
      faults.tell(endpoint, said, answer.headers);
      sentBytes = request.method === "HEAD" ? 0 : answer.body.byteLength;
      return await send(fault, answer, request, clock);
    } finally {
      meter.left(sentBytes);
    }
  };

  const listen = (port: number) =>
    Bun.serve({ port, hostname, idleTimeout: IDLE_SECONDS, development: false, fetch: serve });
  let server: Server<undefined> | null = listen(options.port ?? 0);
  const port = server.port ?? 0;
  let isOver = false;
  const outage = async (ms: number): Promise<void> => {
    const ended = server?.stop(true);
    server = null;
    await ended;
    await clock.sleep(ms);
    if (!isOver) server ??= listen(port);
  };
  const setFaults = (rules: readonly FaultRule[]) => {
    faults = new Faults(rules, clock);
  };
  // The page that asks for an outage is answered before it begins.
  const outageSoon = (ms: number) => void clock.sleep(ANSWER_MS).then(() => outage(ms));
  const own = { meter, stand, faults: () => faults.fired(), setFaults, outage: outageSoon, embeddings };
  return Promise.resolve({
    url: `http://${hostname}:${port}`,
    port,
    stats: () => meter.stats(),
    requests: () => meter.log(),
    resetStats: () => {
      meter.reset();
      embeddings.reset();
    },
    library: () => stand.library,
    edit: (...edits) => stand.edit(edits),
    setFaults,
    embeddingStats: () => embeddings.stats(),
    setEmbeddingFaults: (rules) => embeddings.setFaults(rules),
    outage,
    stop: async () => {
      isOver = true;
      await server?.stop(true);
    },
  });
}

function endpointOfBucket(asked: BucketRequest): Endpoint {
  return asked.kind === "listing" ? "listing" : "objects";
}

function endpointOf(pathname: string): Endpoint {
  if (/^\/api\/index\/?$/.test(pathname)) return "contents";
  if (pathname === "/api/index/titles") return "other";
  if (/^\/api\/(?:v2\/(?:raw\/)?)?index\//.test(pathname)) return "index";
  if (pathname.startsWith("/api/shape/")) return "shape";
  if (pathname.startsWith("/api/texts/versions/")) return "versions";
  if (pathname.startsWith("/api/v3/texts/")) return "texts";
  if (pathname.startsWith("/api/related/")) return "related";
  return "other";
}

function answerTo(url: URL, shelf: Shelf): Answer {
  const { pathname, searchParams } = url;
  try {
    const asked = decode(
      pathname.replace(/^\/api\/(?:v3\/texts|texts\/versions|related|shape|(?:v2\/(?:raw\/)?)?index)\/?/, ""),
    );
    if (asked === null) return htmlAnswer(400, "Bad Request (400)");
    const endpoint = endpointOf(pathname);
    if (pathname === "/api/index/titles") return titlesAnswer(shelf.library);
    if (endpoint === "contents") return contentsAnswer(shelf.library);
    if (endpoint === "texts") checkFormat(searchParams.get("return_format"));
    if (endpoint === "texts") return textsAnswer(shelf, asked, searchParams.getAll("version"));
    if (endpoint === "versions") return okWithError(() => versionsAnswer(shelf, asked));
    if (endpoint === "related") return okWithError(() => relatedAnswer(shelf, asked));
    if (endpoint === "shape") return shapeAnswer(shelf, asked, isSet(searchParams, "dependents"));
    if (endpoint === "index") {
      if (pathname.startsWith("/api/v2/raw/")) return indexAnswer(shelf, asked, "raw");
      return indexAnswer(shelf, asked, isSet(searchParams, "with_content_counts") ? "counts" : "plain");
    }
    return htmlAnswer(404, "Page not found (404)");
  } catch (error) {
    if (error instanceof AnswerError) return error.answer;
    throw error;
  }
}

/** An endpoint that reports its errors with status 200. */
function okWithError(make: () => Answer): Answer {
  try {
    return make();
  } catch (error) {
    if (error instanceof AnswerError) return { ...error.answer, status: 200 };
    throw error;
  }
}

/** Integer flags; a word in their place is an HTML 500, as on the service. */
function isSet(parameters: URLSearchParams, name: string): boolean {
  const value = parameters.get(name) ?? "0";
  if (!/^-?\d+$/.test(value)) throw new AnswerError(htmlAnswer(500, "Server Error (500)"), `${name}=${value}`);
  return Number(value) !== 0;
}

/** The sandbox answers texts as they are, whichever of the service's formats is asked for; others are refused. */
const FORMATS = ["default", "text_only", "strip_only_footnotes", "wrap_all_entities"];

function checkFormat(format: string | null): void {
  if (format !== null && !FORMATS.includes(format))
    throw errorAnswer(400, `return_format should be one of ${FORMATS.join()}`);
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
