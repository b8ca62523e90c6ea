import { htmlAnswer, jsonAnswer, type Answer } from "../answers/answer.ts";
import { refusal } from "../bucket/listing.ts";
import { xmlError } from "../bucket/objects.ts";
import type { Endpoint } from "../stats.ts";
import type { FaultRule } from "./rule.ts";

/** An answer as it goes over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export function onWire({ status, contentType, body }: Answer): WireAnswer {
  return { status, headers: new Headers({ "content-type": contentType }), body: Buffer.from(body) };
}

const MEGABYTE = 1024 * 1024;
const LARGE = 100 * MEGABYTE;
/** In no UTF-8 text. */
const NO_BYTE = 0xff;

/** What is sent under a fault instead of, or made of, the right answer. How it is sent is another matter (send.ts). */
export function spoil(rule: FaultRule, answer: WireAnswer, endpoint: Endpoint): WireAnswer {
  switch (rule.kind) {
    case "status":
      return withRetryAfter(rule.retryAfter ?? null, refused(rule.status ?? 500, endpoint));
    case "throttle":
    case "limit":
      return withRetryAfter(rule.retryAfter === undefined ? 1 : rule.retryAfter, refused(rule.status ?? 429, endpoint));
    case "html":
      return onWire(htmlAnswer(200, "One moment, please"));
    case "error":
      return onWire(jsonAnswer({ error: "An error the sandbox was told to give" }));
    case "empty":
      return { ...answer, status: 200, body: Buffer.alloc(0) };
    case "wrong-ref":
      return textually(answer, (text) => text.replace(/"ref":"(?:[^"\\]|\\.)*"/, '"ref":"Another Place 1"'));
    case "redirect":
      return redirected(rule.location ?? "http://other.example/", answer);
    case "truncate":
      return { ...answer, body: answer.body.subarray(0, positionIn(rule, answer.body)) };
    case "flip":
      return changed(rule, answer, (byte) => byte ^ 1);
    case "invalid-utf8":
      return changed(rule, answer, () => NO_BYTE);
    case "oversize":
      return { ...answer, body: padded(answer.body, rule.bytes ?? LARGE) };
    case "bomb":
      return bomb(answer, rule.bytes ?? LARGE);
    default:
      return answer;
  }
}

function refused(status: number, endpoint: Endpoint): WireAnswer {
  if (endpoint === "objects") return xmlError(status, "SandboxFault", "An error on demand.");
  if (endpoint !== "listing") return onWire(htmlAnswer(status, status === 429 ? "Too Many Requests" : "Server Error"));
  return onWire(jsonAnswer(refusal(status, "An error on demand").body, status));
}

function withRetryAfter(value: number | string | null, answer: WireAnswer): WireAnswer {
  if (value !== null) answer.headers.set("retry-after", String(value));
  return answer;
}

function redirected(location: string, { headers }: WireAnswer): WireAnswer {
  const type = headers.get("content-type") ?? "text/plain";
  return { status: 302, headers: new Headers({ location, "content-type": type }), body: Buffer.alloc(0) };
}

function textually(answer: WireAnswer, change: (text: string) => string): WireAnswer {
  return { ...answer, body: Buffer.from(change(answer.body.toString())) };
}

function positionIn({ atByte }: FaultRule, body: Buffer): number {
  return Math.min(atByte ?? Math.floor(body.byteLength / 2), body.byteLength);
}

function changed(rule: FaultRule, answer: WireAnswer, change: (byte: number) => number): WireAnswer {
  const at = positionIn(rule, answer.body);
  if (at >= answer.body.byteLength) return answer;
  const body = Buffer.from(answer.body);
  body.writeUInt8(change(body.readUInt8(at)), at);
  return { ...answer, body };
}

function padded(body: Buffer, bytes: number): Buffer {
  return Buffer.concat([body, Buffer.alloc(Math.max(0, bytes - body.byteLength), " ")]);
}

function bomb(answer: WireAnswer, bytes: number): WireAnswer {
  const headers = new Headers(answer.headers);
  const plain = headers.get("content-encoding") === "gzip" ? Bun.gunzipSync(new Uint8Array(answer.body)) : answer.body;
  headers.set("content-encoding", "gzip");
  const body = Buffer.from(Bun.gzipSync(new Uint8Array(padded(Buffer.from(plain), bytes)), { level: 1 }));
  return { ...answer, headers, body };
}
