import { expect } from "bun:test";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { allVersions, difference } from "./expected.ts";
import { heldSegments, type TempDir } from "./support.ts";

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

/** The service over the demo's books. */
export async function hostile(change: Change) {
  const sandbox = await startSandbox({ library: demoLibrary() });
  const service = hostileService(sandbox, change);
  return {
    url: service.url,
    sandbox: sandbox.url,
    asked: service.asked,
    async [Symbol.asyncDispose]() {
      await service.stop();
      await sandbox.stop();
    },
  };
}

/** By either route, with one worker that soon gives up. */
export function hastyWords(folder: TempDir, url: string, library: string): string[] {
  const where = ["--base-url", url, "--bucket-url", url];
  const own = ["--library", library, "--pace-file", folder.file("pace.sqlite")];
  return [...where, ...own, "--rate", "0", "--max-workers", "1", "--initial-backoff", "0.01", "--max-retries", "1"];
}

/** The demo's books of these titles are whole, in all versions, and hold nothing else. */
export function expectHeld(library: string, titles: readonly string[]): void {
  const books = demoLibrary().books.filter((book) => titles.includes(book.title));
  const held = heldSegments(library).filter(({ title }) => titles.includes(title));
  expect(difference(allVersions(books), held)).toEqual({ missing: [], surplus: [] });
}
