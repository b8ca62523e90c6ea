import { apiClient, type ApiClient } from "@sofer/api/client";
import { demoLibrary, type Sandbox } from "@sofer/sandbox";
import { spawnCli } from "../support.ts";

/** A real run over a sandbox, with its API: what the tests that steer one share. */
export const TOKEN = "a-long-and-random-token";

export const demo = demoLibrary();
/** Enough to steer, and few enough to be through with soon. */
export const BOOKS = demo.books.filter(
  ({ categories: [top], isVirtual }) => !isVirtual && (top === "Tanakh" || top === "Midrash"),
);

export interface Steered {
  readonly child: ReturnType<typeof spawnCli>;
  readonly client: ApiClient;
  readonly url: string;
  /** What it has said so far. */
  said(): string;
}

export async function startSteered(
  sandbox: Sandbox,
  library: string,
  more: readonly string[],
  books = BOOKS,
): Promise<Steered> {
  const where = [
    "--base-url",
    sandbox.url,
    "--source",
    "service",
    "--library",
    library,
    "--pace-file",
    `${library}.pace`,
  ];
  const words = [
    "ingest",
    ...where,
    "--api",
    "0",
    "--titles",
    ...books.map(({ title }) => title),
    "--versions",
    "all",
    ...more,
  ];
  const child = spawnCli(words, { env: { SOFER_API_TOKEN: TOKEN } });
  let said = "";
  const decoder = new TextDecoder();
  const saying = (async () => {
    for await (const bytes of child.stderr) said += decoder.decode(bytes, { stream: true });
  })();
  const address = () => /status API at (\S+)\n/.exec(said)?.[1];
  while (address() === undefined) {
    if (child.exitCode !== null) {
      await saying;
      throw new Error(`the run ended before its API was there: ${said}`);
    }
    await Bun.sleep(10);
  }
  const url = address() ?? "";
  return { child, url, client: apiClient(url, { token: TOKEN }), said: () => said };
}

/** Looks again and again; the test's own timeout is the end of it. */
export async function until<T>(look: () => Promise<T | null | false> | T | null | false): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    await Bun.sleep(20);
  }
}

export async function liveOf({ client }: Steered) {
  return (await client.api.live.get()).data?.run ?? null;
}
