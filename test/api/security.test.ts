import { afterAll, expect, setDefaultTimeout, test, describe } from "bun:test";
import { startServer } from "@sofer/api";
import { tokenFor } from "@sofer/api/token";
import { migrateLibrary } from "@sofer/store";
import { runCli, tempDir } from "../support.ts";

setDefaultTimeout(60_000);
const folder = tempDir();
const path = folder.file("library.sqlite");
migrateLibrary(path);

const TOKEN = "a-long-and-random-token";
const told: string[] = [];
const control = { pausedAt: null, ratePerSecond: null, maxWorkers: null };
const server = startServer({
  libraryPath: path,
  hostname: "127.0.0.1",
  port: 0,
  token: TOKEN,
  run: {
    runId: 1,
    live: () => null,
    hosts: () => [],
    workers: () => [],
    isActive: () => false,
    tell: ({ action }) => {
      told.push(action);
      return Promise.resolve({ action, at: 1, control, said: "" });
    },
  },
});
afterAll(async () => {
  await server.stop();
  folder.dispose();
});

function pause(headers: Record<string, string>, at = server.url) {
  return fetch(`${at}/api/control/pause`, { method: "POST", headers });
}

const BEARER = { authorization: `Bearer ${TOKEN}` };
const { host } = new URL(server.url);

describe("control", () => {
  test("with the token is taken", async () => {
    told.length = 0;
    expect((await pause(BEARER)).status).toBe(200);
    expect((await pause({ ...BEARER, origin: server.url })).status).toBe(200);
    expect((await pause({ ...BEARER, host: host.replace("127.0.0.1", "localhost") })).status).toBe(200);
    expect(told).toEqual(["pause", "pause", "pause"]);
  });

  test.each([
    ["without a token", {}, 401],
    ["with another one", { authorization: `Bearer ${TOKEN}x` }, 401],
    ["with its beginning", { authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 401],
    ["with an empty one", { authorization: "Bearer " }, 401],
    ["by another scheme", { authorization: `Basic ${btoa(`x:${TOKEN}`)}` }, 401],
    ["from a page of another site", { ...BEARER, origin: "https://evil.example" }, 403],
    ["from a page of another port", { ...BEARER, origin: "http://127.0.0.1:1" }, 403],
    ["from a page without an origin of its own", { ...BEARER, origin: "null" }, 403],
    ["across sites, as the browser says", { ...BEARER, "sec-fetch-site": "cross-site" }, 403],
    ["across a site's own names", { ...BEARER, "sec-fetch-site": "same-site" }, 403],
    ["under a name that points here", { ...BEARER, host: "evil.example" }, 403],
    [
      "under a name that begins like an address",
      { ...BEARER, host: `127.0.0.1.evil.example:${server.url.slice(-5)}` },
      403,
    ],
  ] as [string, Record<string, string>, number][])("%s is refused", async (_how, headers, status) => {
    told.length = 0;
    const answer = await pause(headers);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code: status === 401 ? "unauthorised" : "forbidden" });
    expect(told).toEqual([]);
  });

  test("is refused before its body is looked at", async () => {
    const headers = { "content-type": "application/json" };
    const wrong = { method: "POST", headers, body: '{"ratePerSecond":"x"}' };
    expect((await fetch(`${server.url}/api/control/rate`, wrong)).status).toBe(401);
    const withToken = { ...wrong, headers: { ...headers, ...BEARER } };
    expect((await fetch(`${server.url}/api/control/rate`, withToken)).status).toBe(422);
  });

  test("every way to change something asks for the token", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      expect((await fetch(`${server.url}/api/books`, { method })).status).toBe(401);
    }
  });
});

describe("reading", () => {
  test("needs no token, and is refused to pages of other sites and under other names", async () => {
    const read = (headers: Record<string, string>) => fetch(`${server.url}/api/books`, { headers });
    expect((await read({})).status).toBe(200);
    expect((await read({ origin: "https://evil.example" })).status).toBe(403);
    expect((await read({ host: "evil.example" })).status).toBe(403);
    // No answer allows another site's pages to read it.
    expect((await read({})).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("is bounded: pages, queries, bodies, streams", async () => {
    expect((await fetch(`${server.url}/api/books?limit=501`)).status).toBe(422);
    expect((await fetch(`${server.url}/api/search?q=${"a".repeat(201)}`)).status).toBe(422);
    expect((await fetch(`${server.url}/api/search?q=${"a".repeat(5_000)}`)).status).toBe(414);
    const large = {
      method: "POST",
      headers: { ...BEARER, "content-type": "application/json" },
      body: "x".repeat(100_000),
    };
    expect((await fetch(`${server.url}/api/control/retry`, large)).status).toBe(413);
    const opened: AbortController[] = [];
    let refusedAt: number | null = null;
    for (let n = 1; n <= 255 && refusedAt === null; n++) {
      const stop = new AbortController();
      const { status, body } = await fetch(`${server.url}/api/events`, { signal: stop.signal });
      opened.push(stop);
      if (status === 503) refusedAt = n;
      else await body?.getReader().read();
    }
    expect(refusedAt).toBe(251);
    for (const stop of opened) stop.abort();
    // Closed ones make room again.
    for (let tries = 0; ; tries++) {
      const stop = new AbortController();
      const { status } = await fetch(`${server.url}/api/events`, { signal: stop.signal });
      stop.abort();
      if (status === 200) break;
      if (tries > 100) throw new Error("no stream can be opened any more");
      await Bun.sleep(20);
    }
  });
});

describe("a browser", () => {
  const asked = (mode: string, dest: string, method = "GET") =>
    fetch(`${server.url}/api/books`, {
      method,
      headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": dest },
    });

  test("may follow a link of another page here, and show nothing of it there", async () => {
    const followed = await asked("navigate", "document");
    expect(followed.status).toBe(200);
    expect(followed.headers.get("x-frame-options")).toBe("DENY");
    for (const [mode, dest] of [
      ["navigate", "iframe"],
      ["cors", "empty"],
      ["no-cors", "script"],
      ["no-cors", "image"],
    ] as const) {
      expect((await asked(mode, dest)).status).toBe(403);
    }
    expect((await asked("navigate", "document", "POST")).status).toBe(403);
  });
});

describe("where it listens", () => {
  test("a token is made for this machine, and asked for elsewhere", () => {
    expect(tokenFor("127.0.0.1", undefined)).not.toBe(tokenFor("127.0.0.1", undefined));
    expect(tokenFor("::1", "").length).toBeGreaterThanOrEqual(32);
    expect(tokenFor("0.0.0.0", TOKEN)).toBe(TOKEN);
    for (const hostname of ["0.0.0.0", "::", "192.168.1.2", "host.example", "127.evil.example"]) {
      expect(() => tokenFor(hostname, undefined)).toThrow("SOFER_API_TOKEN");
    }
    expect(() => tokenFor("127.0.0.1", "short")).toThrow("shorter than 16");
  });

  test.each(["ingest", "serve"])(
    "%s refuses another address without a token, before anything is done",
    async (verb) => {
      const words = [verb, "--api", "0", "--api-host", "0.0.0.0", "--library", folder.file(`${verb}.sqlite`)];
      const { code, stdout, stderr } = await runCli(verb === "ingest" ? [...words, "--demo"] : words);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain("needs SOFER_API_TOKEN");
      expect(await Bun.file(folder.file(`${verb}.sqlite`)).exists()).toBe(false);
    },
  );
});
