import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { startServer, type ApiServer } from "@sofer/api";
import fc from "fast-check";
import { runCli, tempDir } from "../support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);
const folder = tempDir();
const path = folder.file("library.sqlite");
let server: ApiServer;

beforeAll(async () => {
  const own = ["--library", path, "--pace-file", folder.file("pace"), "--quiet"];
  const { code } = await runCli(["ingest", "--demo", ...own, "--titles", "Scroll of Gates"]);
  expect(code).toBe(0);
  server = startServer({ libraryPath: path, hostname: "127.0.0.1", port: 0, token: null });
});
afterAll(async () => {
  await server.stop();
  folder.dispose();
});

/** Some seconds of them; more are asked for when something in the API has changed. */
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 2_000);

interface OpenApi {
  readonly paths: Record<string, Record<string, { readonly parameters?: readonly { readonly name: string }[] }>>;
}

/** Texts that break things: quotes, SQL, full-text syntax, control letters, halves of letters, numbers that are none. */
const nasty = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "",
    "0",
    "-1",
    "1e309",
    "NaN",
    "9007199254740993",
    "99999999999999999999",
    "null",
    "true",
    '"',
    "'; DROP TABLE book; --",
    "NEAR(a b)",
    "a AND",
    '"a',
    "a*",
    "^a",
    "a:b",
    "-",
    "(",
    "%",
    "%00",
    "..",
    "../../etc/passwd",
    "Scroll of Gates",
    "Scroll of Gates 1:1",
    "Scroll of Gates 1:1-99999999999",
    "Scroll of Gates 4294967295:4294967296",
    "Scroll of Gates 1:2-1:1",
    "מגילת שערים א׳:א׳",
    "__proto__",
    "constructor",
    "[object Object]",
    "{}",
    "[]",
    "00000001",
    "1-1",
    "0-0",
    "999999999999-999999999999",
  ),
);

test("no route answers with a fault of ours, whatever is asked", async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi;
  const routes = Object.entries(paths).flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, { parameters }]) => ({
      route,
      method: method.toUpperCase(),
      names: (parameters ?? []).map(({ name }) => name),
    })),
  );
  expect(routes.length).toBeGreaterThan(25);
  const statuses = new Map<number, number>();
  const asked = fc.record({
    chosen: fc.constantFrom(...routes),
    method: fc.option(fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")),
    inPath: nasty,
    values: fc.array(nasty, { minLength: 6, maxLength: 6 }),
    extra: fc.dictionary(nasty, nasty, { maxKeys: 3 }),
    repeats: fc.boolean(),
    body: fc.oneof(nasty, fc.json(), fc.constant('{"ratePerSecond":1e400}')),
    type: fc.constantFrom(
      "application/json",
      "text/plain",
      "multipart/form-data",
      "application/x-www-form-urlencoded",
      "",
    ),
    header: fc.record({
      name: fc.constantFrom(
        "last-event-id",
        "accept",
        "range",
        "if-none-match",
        "cookie",
        "x-forwarded-host",
        "authorization",
      ),
      value: fc.string({ maxLength: 60 }).map((text) => text.replaceAll(/[^\x21-\x7e]/g, "x")),
    }),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ chosen, method, inPath, values, extra, repeats, body, type, header }) => {
      const query = new URLSearchParams();
      chosen.names.forEach((name, index) => {
        if (chosen.route.includes(`{${name}}`)) return;
        query.append(name, values[index % values.length] ?? "");
        if (repeats) query.append(name, values[(index + 1) % values.length] ?? "");
      });
      for (const [name, value] of Object.entries(extra)) query.append(name, value);
      const route = chosen.route.replaceAll(/\{[^}]+\}|:\w+/g, () => encodeURIComponent(inPath.toWellFormed()));
      const verb = method ?? chosen.method;
      const hasBody = verb !== "GET" && verb !== "HEAD";
      const stop = new AbortController();
      const answer = await fetch(`${server.url}${route}?${query.toString()}`, {
        method: verb,
        signal: stop.signal,
        headers: { [header.name]: header.value, ...(type === "" || !hasBody ? {} : { "content-type": type }) },
        ...(hasBody ? { body } : {}),
      });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.headers.get("content-type")?.startsWith("text/event-stream") !== true) await answer.arrayBuffer();
      stop.abort();
      // 503 is an answer of /ready and of too many streams, none of which holds here.
      expect({ route, query: query.toString(), verb, body, status: answer.status < 500 }).toEqual({
        route,
        query: query.toString(),
        verb,
        body,
        status: true,
      });
    }),
    { numRuns: RUNS },
  );
  // What was asked was not all nonsense: many were answered.
  expect(statuses.get(200) ?? 0).toBeGreaterThan(50);
  expect(statuses.get(422) ?? 0).toBeGreaterThan(50);
  expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ status: "ok" });
});
