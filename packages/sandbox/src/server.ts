import { systemClock, type Clock } from "@sofer/core";
import type { Server } from "bun";
import { contentsAnswer, titlesAnswer } from "./answers/contents.ts";
import { AnswerError, errorAnswer, htmlAnswer, type Answer } from "./answers/answer.ts";
import { indexAnswer } from "./answers/book-index.ts";
import { shapeAnswer } from "./answers/shape.ts";
import { textsAnswer, versionsAnswer } from "./answers/texts.ts";
import type { BucketOptions } from "./bucket/bucket.ts";
import { bucketAnswer, bucketRequest, type BucketRequest } from "./bucket/route.ts";
import { EditError, type Edit } from "./edits/edit.ts";
import { readEdits } from "./edits/read-edit.ts";
import { Faults, spoil, spoilObject, type FaultRule } from "./faults.ts";
import type { SandboxLibrary } from "./library.ts";
import type { Shelf } from "./opened-book.ts";
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
  /** How the export bucket beside the service is kept. */
  readonly bucket?: BucketOptions;
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
  stop(): Promise<void>;
}

/** Longest Bun allows: a client's idle connections are not to be closed under it, they are counted. */
const IDLE_SECONDS = 255;
const SLOW_MS = 10_000;

/**
 * Starts a stand-in for the service and for the export bucket on this machine, both at one address: `/api/…` is the
 * service, `/storage/v1/b/sefaria-export/o` the listing, `/sefaria-export/{name}` an object. Its own pages under `/_sandbox/` are not
 * counted.
 */
export function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { library, latencyMs = 0, jitterMs = 0, clock = systemClock, hostname = "127.0.0.1" } = options;
  const stand = new Stand(library, options.bucket);
  const meter = new Meter(options.logRequests ?? false);
  const faults = new Faults(options.faults ?? []);
  const jitter = new Random("latency");

  const serve = async (request: Request, server: Server<undefined>): Promise<Response> => {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/_sandbox/")) return ownPage(url, request, meter, stand);
    const asked = bucketRequest(url);
    const endpoint = asked === null ? endpointOf(url.pathname) : endpointOfBucket(asked);
    const client = server.requestIP(request);
    const path = url.pathname + url.search;
    meter.arrived(endpoint, path, `${client?.address ?? ""}:${client?.port ?? 0}`, asked);
    let sentBytes = 0;
    try {
      const fault = faults.next(endpoint, decode(path) ?? path);
      if (fault !== null) meter.faulted();
      const delayMs = latencyMs + (jitterMs > 0 ? jitter.next() * jitterMs : 0);
      const extraMs = fault?.kind === "slow" ? (fault.delayMs ?? SLOW_MS) : 0;
      if (delayMs + extraMs > 0) await clock.sleep(delayMs + extraMs);
      if (asked !== null) {
        if (fault?.kind === "replaced" && asked.kind === "object") stand.replace(asked.name);
        const answer = await bucketAnswer(asked, stand.bucket, request);
        if (fault === null) stand.listed(answer.names);
        const { status, headers, body } = fault === null ? answer : spoilObject(fault, answer, endpoint);
        const isWhole = request.method !== "HEAD";
        sentBytes = isWhole ? body.byteLength : 0;
        if (answer.objectKind !== null) meter.objectSent(answer.objectKind, status);
        if (fault?.kind === "cut") return new Response(brokenOff(body, fault), { status, headers });
        return new Response(new Uint8Array(body), { status, headers });
      }
      const answer = answerTo(url, stand.shelf);
      const sent = fault === null ? answer : spoil(fault, answer);
      const body = Buffer.from(sent.body);
      sentBytes = body.byteLength;
      return respond(sent, body, fault);
    } finally {
      meter.left(sentBytes);
    }
  };

  const server = Bun.serve({
    port: options.port ?? 0,
    hostname,
    idleTimeout: IDLE_SECONDS,
    development: false,
    fetch: serve,
  });
  const port = server.port ?? 0;
  return Promise.resolve({
    url: `http://${hostname}:${port}`,
    port,
    stats: () => meter.stats(),
    requests: () => meter.log(),
    resetStats: () => meter.reset(),
    library: () => stand.library,
    edit: (...edits) => stand.edit(edits),
    stop: () => server.stop(true),
  });
}

function respond(answer: Answer, body: Buffer, fault: FaultRule | null): Response {
  const headers = new Headers({ "content-type": answer.contentType });
  const retryAfter = fault?.retryAfter ?? (fault?.kind === "throttle" ? 1 : null);
  if (retryAfter !== null && answer.status !== 200) headers.set("retry-after", String(retryAfter));
  if (fault?.kind === "cut") return new Response(brokenOff(body, fault), { status: answer.status, headers });
  return new Response(body, { status: answer.status, headers });
}

/** Time for what was written to leave this machine: what still waits when the connection breaks is lost. */
const FLUSH_MS = 25;

/** A part of a body, then an error, which closes the connection before the body's end. */
function brokenOff(body: Buffer, { atByte }: FaultRule): ReadableStream<Uint8Array> {
  const part = new Uint8Array(body.subarray(0, atByte ?? Math.floor(body.byteLength / 2)));
  let pulls = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      pulls++;
      if (pulls === 1 && part.byteLength > 0) {
        controller.enqueue(part);
        return;
      }
      await Bun.sleep(FLUSH_MS);
      controller.error(); // Without a reason, so that the runtime prints none: this is wanted.
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
  return "other";
}

function answerTo(url: URL, shelf: Shelf): Answer {
  const { pathname, searchParams } = url;
  try {
    const asked = decode(
      pathname.replace(/^\/api\/(?:v3\/texts|texts\/versions|shape|(?:v2\/(?:raw\/)?)?index)\/?/, ""),
    );
    if (asked === null) return htmlAnswer(400, "Bad Request (400)");
    const endpoint = endpointOf(pathname);
    if (pathname === "/api/index/titles") return titlesAnswer(shelf.library);
    if (endpoint === "contents") return contentsAnswer(shelf.library);
    if (endpoint === "texts") checkFormat(searchParams.get("return_format"));
    if (endpoint === "texts") return textsAnswer(shelf, asked, searchParams.getAll("version"));
    if (endpoint === "versions") return okWithError(() => versionsAnswer(shelf, asked));
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

async function ownPage(url: URL, request: Request, meter: Meter, stand: Stand): Promise<Response> {
  if (url.pathname === "/_sandbox/stats") return Response.json(meter.stats());
  if (url.pathname === "/_sandbox/requests") return Response.json(meter.log());
  if (url.pathname === "/_sandbox/reset" && request.method === "POST") {
    meter.reset();
    return Response.json(meter.stats());
  }
  if (url.pathname === "/_sandbox/edit" && request.method === "POST") return editPage(request, stand);
  return new Response("not a page of the sandbox", { status: 404 });
}

/** Takes one edit or a list as JSON; all of them, or those before the first that cannot be done. */
async function editPage(request: Request, stand: Stand): Promise<Response> {
  try {
    const edits = readEdits(JSON.parse(await request.text()));
    stand.edit(edits);
    return Response.json({ edits: edits.length });
  } catch (error) {
    if (error instanceof EditError || error instanceof SyntaxError) {
      return Response.json({ error: error.message }, { status: 400 });
    }
    throw error;
  }
}
