import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { startServer, type ApiServer } from "@sofer/api";
import type { ControlCommand } from "@sofer/core";
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

test("no command with the token is a fault of ours, whatever its body; what is taken is as it is described", async () => {
  const token = "a-long-and-random-token";
  const told: ControlCommand[] = [];
  const control = { pausedAt: null, ratePerSecond: null, maxWorkers: null };
  const steered = startServer({
    libraryPath: path,
    hostname: "127.0.0.1",
    port: 0,
    token,
    run: {
      runId: 1,
      live: () => null,
      hosts: () => [],
      workers: () => [],
      isActive: () => false,
      tell(command) {
        told.push(command);
        return Promise.resolve({ action: command.action, at: 1, control, said: "" });
      },
    },
  });
  const value = fc.oneof(
    fc.json(),
    nasty,
    fc.double(),
    fc.integer(),
    fc.constant(null),
    fc.array(nasty, { maxLength: 3 }),
  );
  const bodies = fc.oneof(
    fc.record({ ratePerSecond: value }, { requiredKeys: [] }),
    fc.record({ maxWorkers: value }, { requiredKeys: [] }),
    fc.record({ titles: value, causes: value }, { requiredKeys: [] }),
    fc.constant(undefined),
  );
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("pause", "resume", "rate", "workers", "retry", "stop"),
        bodies,
        async (action, body) => {
          const answer = await fetch(`${steered.url}/api/control/${action}`, {
            method: "POST",
            headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
            body: body === undefined ? "" : JSON.stringify(body),
          });
          await answer.arrayBuffer();
          expect({ action, body, isFault: answer.status >= 500 }).toEqual({ action, body, isFault: false });
        },
      ),
      {
        numRuns: RUNS / 4,
        // Chance seldom makes a number of workers that may be.
        examples: [
          ["rate", { ratePerSecond: 2 }],
          ["workers", { maxWorkers: 3 }],
        ],
      },
    );
  } finally {
    await steered.stop();
  }
  expect(new Set(told.map(({ action }) => action)).size).toBe(6);
  for (const command of told) {
    if (command.action === "rate" && command.ratePerSecond !== null) {
      expect(command.ratePerSecond).toBeGreaterThanOrEqual(0);
      expect(command.ratePerSecond).toBeLessThanOrEqual(100_000);
    }
    if (command.action === "workers" && command.maxWorkers !== null) {
      expect(command.maxWorkers).toBeOneOf(Array.from({ length: 64 }, (_, index) => index + 1));
    }
    if (command.action === "retry") {
      for (const names of [command.titles, command.causes]) expect(names === null || Array.isArray(names)).toBe(true);
    }
  }
});
