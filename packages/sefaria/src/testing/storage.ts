import { createHash } from "node:crypto";
import { Crc32c } from "../bucket/checksum.ts";

/** An object as the small storage service of these tests keeps it. */
export interface Stored {
  readonly bytes: Uint8Array;
  readonly generation: string;
}

export interface Asked {
  readonly path: string;
  readonly name: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** What the next answer does other than it should; null: nothing. */
export interface Fault {
  /** Body bytes before the connection closes, a moment later: what comes with the end, Bun does not hand on. */
  readonly cutAfter?: number;
  /** That moment, ms; 4 unless it is said. On a busy machine that may be too short: longer where it matters what was handed on. */
  readonly cutAfterMs?: number;
  /** Closes at once. */
  readonly isAbrupt?: boolean;
  /** Sends the whole object, whatever range was asked for. */
  readonly ignoresRange?: boolean;
  readonly status?: number;
  /** Added, or replaced; "" leaves one out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the object's bytes. */
  readonly body?: Uint8Array;
  /** Neither the rest of the body nor the end of the connection ever comes. */
  readonly hangs?: boolean;
}

/**
 * Objects over raw TCP: the one kind of server that can cut a body at a byte that its Content-Length promised. Every
 * answer closes its connection.
 */
export class Storage {
  readonly objects = new Map<string, Stored>();
  readonly asked: Asked[] = [];
  /** One for each answer, in order. */
  faults: (Fault | null)[] = [];
  /** Headers that no answer has. */
  without: readonly string[] = [];
  readonly #server;

  constructor() {
    const texts = new WeakMap<object, string>();
    this.#server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket, data) => {
          const text = (texts.get(socket) ?? "") + data.toString("latin1");
          texts.set(socket, text);
          if (!text.includes("\r\n\r\n")) return;
          const { head, body, closesAfterMs } = this.#answer(text);
          const all = Buffer.concat([Buffer.from(head), body]);
          left.set(socket, { all, closesAfterMs });
          flush(socket);
        },
        drain: (socket) => flush(socket),
      },
    });
    /** Of each answer, what the socket has not taken yet. */
    const left = new WeakMap<object, { all: Buffer; closesAfterMs: number | null }>();
    const flush = (socket: { write(data: Buffer): number; end(): void }): void => {
      const rest = left.get(socket);
      if (rest === undefined) return;
      rest.all = rest.all.subarray(Math.max(0, socket.write(rest.all)));
      if (rest.all.byteLength > 0 || rest.closesAfterMs === null) return;
      if (rest.closesAfterMs === 0) socket.end();
      else setTimeout(() => socket.end(), rest.closesAfterMs);
    };
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  put(name: string, bytes: Uint8Array | string, generation = "1"): Stored {
    const stored = { bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes, generation };
    this.objects.set(name, stored);
    return stored;
  }

  stop(): void {
    this.#server.stop(true);
  }

  #answer(text: string): { head: string; body: Buffer; closesAfterMs: number | null } {
    const [line = "", ...lines] = text.split("\r\n");
    const path = line.split(" ")[1] ?? "";
    const url = new URL(path, this.url);
    const name = decodeURIComponent(url.pathname.replace("/sefaria-export/", ""));
    const headers = new Map(
      lines.flatMap((header): [string, string][] => {
        const at = header.indexOf(":");
        return at < 0 ? [] : [[header.slice(0, at).toLowerCase(), header.slice(at + 1).trim()]];
      }),
    );
    this.asked.push({ path, name, headers });
    const fault = this.faults.shift() ?? {};
    const stored = this.objects.get(name);
    const pin = url.searchParams.get("generation");
    if (stored === undefined || (pin !== null && pin !== stored.generation)) {
      return respond(404, { "content-type": "application/xml" }, Buffer.from("<Error/>"), {});
    }
    const bytes = Buffer.from(fault.body ?? stored.bytes);
    const sums = { md5: md5Of(bytes), crc32c: crcOf(bytes) };
    const answer: Record<string, string> = {
      "content-type": "application/octet-stream",
      etag: `"${sums.md5}"`,
      "x-goog-generation": stored.generation,
      "x-goog-hash": `crc32c=${sums.crc32c},md5=${sums.md5}`,
    };
    for (const header of this.without) delete answer[header];
    const range = /^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1];
    const tag = headers.get("if-range");
    if (range === undefined || fault.ignoresRange === true || (tag !== undefined && tag !== answer["etag"])) {
      return respond(fault.status ?? 200, { ...answer, ...fault.headers }, bytes, fault);
    }
    const from = Number(range);
    if (from >= bytes.byteLength) return respond(416, {}, Buffer.alloc(0), {});
    answer["content-range"] = `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}`;
    return respond(fault.status ?? 206, { ...answer, ...fault.headers }, bytes.subarray(from), fault);
  }
}

function respond(status: number, headers: Record<string, string>, body: Buffer, fault: Fault) {
  const all = { "content-length": String(body.byteLength), connection: "close", ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === "" ? [] : [`${name}: ${value}`]));
  return {
    head: `HTTP/1.1 ${status} X\r\n${lines.join("\r\n")}\r\n\r\n`,
    body: body.subarray(0, fault.cutAfter ?? body.byteLength),
    closesAfterMs:
      fault.hangs === true
        ? null
        : fault.cutAfter === undefined || fault.isAbrupt === true
          ? 0
          : (fault.cutAfterMs ?? 4),
  };
}

export function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("base64");
}

export function crcOf(bytes: Uint8Array): string {
  const sum = new Crc32c();
  sum.update(bytes);
  return sum.digest();
}
