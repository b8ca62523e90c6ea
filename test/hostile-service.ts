import type { Sandbox } from "@sofer/sandbox";

/** What a server that means no good makes of a right answer; null: it is passed on as it is. */
export type Change = (path: string, body: Buffer, request: Request) => Response | null | Promise<Response | null>;

export interface HostileService {
  readonly url: string;
  /** Paths asked for, decoded, in order of arrival. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A server of its own before a sandbox: every right answer of the sandbox goes through `change`. */
export function hostileService(sandbox: Sandbox, change: Change): HostileService {
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 60,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const path = decoded(pathname + search);
      asked.push(path);
      const right = await fetch(sandbox.url + pathname + search, { headers: forwarded(request), decompress: false });
      const body = Buffer.from(await right.arrayBuffer());
      const changed = await change(path, body, request);
      if (changed !== null) return changed;
      return new Response(body, { status: right.status, headers: right.headers });
    },
  });
  const stop = () => server.stop(true);
  return { url: `http://127.0.0.1:${server.port}`, asked, stop, [Symbol.asyncDispose]: stop };
}

/** What the sandbox looks at. */
function forwarded(request: Request): Record<string, string> {
  const names = ["range", "if-range", "accept-encoding"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = request.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** JSON as it is, whatever is in it. */
export function json(text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { headers: { "content-type": "application/json", ...headers } });
}
