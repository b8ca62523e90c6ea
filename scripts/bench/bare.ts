import { join } from "node:path";
import { environment, lastJson, runBun, type Timed } from "./processes.ts";
import type { BenchSandbox } from "./sandbox.ts";

const BARE_LOOP = join(import.meta.dir, "bare-loop.ts");
/** Requests that Bun's fetch sends at once unless it is told otherwise before it starts. */
const FETCH_LIMIT = 256;
const WEIGHED_AT_ONCE = 8;

/** What a bare loop says of itself. */
export interface BareCount {
  objects: number;
  parsed: number;
}

/** The objects of an ingest, by a loop in one process that only downloads and parses. */
export interface BareRun extends Timed, Readonly<BareCount> {
  readonly connections: number;
  /** By the sandbox's count, as is the next. */
  readonly requests: number;
  readonly rawBytes: number;
}

/** The distinct objects that an ingest downloads: contents, schemas, version files. */
export interface ObjectsMeasured {
  readonly count: number;
  /** Compressed where they are stored so. */
  readonly storedBytes: number;
  readonly decodedBytes: number;
}

/** Addresses of the objects that were downloaded since the last reset, each once, in an order of their own. */
export async function objectUrls(sandbox: BenchSandbox): Promise<readonly string[]> {
  const asked = (await sandbox.requests()).filter(({ endpoint }) => endpoint === "objects");
  return [...new Set(asked.map(({ path }) => sandbox.url + path))].toSorted();
}

/** Downloads them once more, for their sizes: none of the measured processes has to count. */
export async function weigh(urls: readonly string[]): Promise<ObjectsMeasured> {
  let [storedBytes, decodedBytes] = [0, 0];
  const left = urls.values();
  const oneByOne = async () => {
    for (const url of left) {
      const answer = await fetch(url, { decompress: false, headers: { "accept-encoding": "gzip" } });
      if (!answer.ok) throw new Error(`${url}: status ${answer.status}`);
      const stored = new Uint8Array(await answer.arrayBuffer());
      const isGzip = answer.headers.get("content-encoding") === "gzip";
      storedBytes += stored.byteLength;
      decodedBytes += isGzip ? Bun.gunzipSync(stored).byteLength : stored.byteLength;
    }
  };
  await Promise.all(Array.from({ length: WEIGHED_AT_ONCE }, oneByOne));
  return { count: urls.length, storedBytes, decodedBytes };
}

/**
 * @param list file with the addresses as a JSON array.
 * @throws when the loop did not have every object: then its time says nothing.
 */
export async function measureBare(sandbox: BenchSandbox, list: string, connections: number): Promise<BareRun> {
  await sandbox.reset();
  const limit = String(Math.max(FETCH_LIMIT, connections));
  const env = environment({ BUN_CONFIG_MAX_HTTP_REQUESTS: limit });
  const { code, out, ...timed } = await runBun([BARE_LOOP, list, String(connections)], env);
  if (code !== 0) throw new Error(`the bare loop ended with exit code ${code}`);
  const { objects, parsed } = lastJson(out);
  const stats = await sandbox.stats();
  return {
    connections,
    objects: Number(objects),
    parsed: Number(parsed),
    requests: stats.total,
    rawBytes: stats.bytes,
    ...timed,
  };
}
