import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { FakeClock } from "@sofer/core/testing";
import { generateLibrary } from "./generate/library.ts";
import { startSandbox, type Sandbox, type SandboxOptions } from "./server.ts";
import type { LoggedRequest, Stats } from "./stats.ts";
import { smallLibrary } from "./testing/small-library.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const running: Sandbox[] = [];

async function start(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ library: smallLibrary, ...options });
  running.push(sandbox);
  return sandbox;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.stop()));
});

async function json(sandbox: Sandbox, path: string): Promise<unknown> {
  const response = await fetch(sandbox.url + path);
  return response.json();
}

describe("endpoints", () => {
  test("the contents hold categories, books and collections", async () => {
    const contents = await json(await start(), "/api/index");
    expect(contents).toMatchObject([
      {
        category: "Tanakh",
        heCategory: "תנ״ך",
        contents: [
          {
            category: "Torah",
            contents: [{ title: "Genesis" }, {}, {}, {}, {}, {}, { title: "Jastrow" }, { isCollection: true }],
          },
        ],
      },
    ]);
  });

  test("the index carries counts where they are asked for", async () => {
    const sandbox = await start();
    const counted = await json(sandbox, "/api/v2/index/Genesis?with_content_counts=1");
    expect(counted).toMatchObject({
      title: "Genesis",
      schema: { content_counts: [3, 2, 0, 1] },
      firstSectionRef: "Genesis 1",
    });
    const plain = (await json(sandbox, "/api/index/Genesis")) as { schema: object };
    expect(plain.schema).not.toHaveProperty("content_counts");
    const complex = await json(sandbox, "/api/v2/index/Likutei_Moharan?with_content_counts=1");
    expect(complex).toMatchObject({
      schema: { nodes: [{ content_counts: 2 }, { content_counts: [[1], [2]] }, { content_counts: [1] }] },
    });
  });

  test("the shape of simple and complex books, of nodes and of a category", async () => {
    const sandbox = await start();
    expect(await json(sandbox, "/api/shape/Genesis")).toMatchObject([
      { title: "Genesis", length: 4, chapters: [3, 2, 0, 1] },
    ]);
    expect(await json(sandbox, "/api/shape/Rashi_on_Genesis")).toMatchObject([{ chapters: [[2, 0, 1], 0, [1]] }]);
    expect(await json(sandbox, "/api/shape/Likutei_Moharan")).toMatchObject([
      { isComplex: true, length: 4, chapters: [{ chapters: 2, length: 1 }, {}, {}] },
    ]);
    expect(await json(sandbox, "/api/shape/Guide%2C_Part_1")).toMatchObject([
      { title: "Guide, Part 1", chapters: [1, 1] },
    ]);
  });

  test.each([
    ["/api/v2/index/Nothing", 200, "application/json"],
    ["/api/shape/Nothing", 200, "application/json"],
    ["/api/texts/versions/Nothing", 200, "application/json"],
    ["/api/v3/texts/Nothing", 404, "application/json"],
    ["/api/shape/Jastrow", 500, "text/html"],
    ["/api/shape/Tanakh/Torah", 500, "text/html"],
    ["/api/v2/index/Genesis?with_content_counts=true", 500, "text/html"],
    ["/api/v3/texts/Genesis_1?return_format=poem", 400, "application/json"],
    ["/api/nothing", 404, "text/html"],
  ])("%s answers %d as %s", async (path, status, type) => {
    const response = await fetch((await start()).url + path);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toStartWith(type);
    const body = await response.text();
    expect(body).toStartWith(type === "text/html" ? "<!DOCTYPE html>" : '{"error":');
  });
});

describe("what is counted", () => {
  test("requests by endpoint, bytes and sockets, but not the sandbox's own pages", async () => {
    const sandbox = await start({ logRequests: true });
    const text = await fetch(`${sandbox.url}/api/v3/texts/Genesis_1?version=primary`);
    const bytes = (await text.arrayBuffer()).byteLength;
    const stats = (await json(sandbox, "/_sandbox/stats")) as Stats;
    expect(stats).toMatchObject({ total: 1, bytes, inFlight: 0, maxInFlight: 1, connections: 1 });
    expect(stats.requests).toEqual({
      contents: 0,
      index: 0,
      shape: 0,
      texts: 1,
      versions: 0,
      related: 0,
      listing: 0,
      objects: 0,
      other: 0,
    });
    const log = (await json(sandbox, "/_sandbox/requests")) as LoggedRequest[];
    expect(log).toMatchObject([{ endpoint: "texts", path: "/api/v3/texts/Genesis_1?version=primary" }]);
    expect(Math.abs((log[0]?.atMs ?? 0) - Date.now())).toBeLessThan(60_000);
    await fetch(`${sandbox.url}/_sandbox/reset`, { method: "POST" });
    expect(sandbox.stats().total).toBe(0);
    expect(sandbox.requests()).toEqual([]);
  });

  test("every answer waits for the latency, and waiting answers do not hold up others", async () => {
    const clock = new FakeClock();
    const sandbox = await start({ latencyMs: 200, clock });
    const answers = Array.from({ length: 250 }, () => fetch(`${sandbox.url}/api/v3/texts/Genesis_1:1`));
    for (let turn = 0; turn < 200 && clock.sleeping < 250; turn++) await Bun.sleep(5);
    expect(clock.sleeping).toBe(250);
    expect(sandbox.stats().inFlight).toBe(250);
    await clock.advance(200);
    const statuses = await Promise.all(answers.map(async (answer) => (await answer).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(sandbox.stats()).toMatchObject({ inFlight: 0, maxInFlight: 250, total: 250 });
  });
});

describe("faults", () => {
  test("a rule applies so often to what it matches", async () => {
    const sandbox = await start({
      faults: [{ kind: "throttle", endpoint: "texts", match: "Genesis 2", times: 1, retryAfter: 7 }],
    });
    const ask = (ref: string) => fetch(`${sandbox.url}/api/v3/texts/${encodeURIComponent(ref)}`);
    expect((await ask("Genesis 1")).status).toBe(200);
    const throttled = await ask("Genesis 2");
    expect([throttled.status, throttled.headers.get("retry-after")]).toEqual([429, "7"]);
    expect((await ask("Genesis 2")).status).toBe(200);
    expect(sandbox.stats().faults).toBe(1);
  });

  test("a share of the requests, the same ones for the same seed", async () => {
    const outcomes = async () => {
      const sandbox = await start({ faults: [{ kind: "status", status: 503, percent: 40, seed: "s" }] });
      const statuses: number[] = [];
      for (let at = 0; at < 40; at++) statuses.push((await fetch(`${sandbox.url}/api/v3/texts/Genesis_1`)).status);
      return statuses;
    };
    const first = await outcomes();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await outcomes()).toEqual(first);
  });

  test("HTML, an error and another ref, all with status 200", async () => {
    const faults = [
      { kind: "html", times: 1 },
      { kind: "error", times: 1 },
      { kind: "wrong-ref", times: 1 },
    ] as const;
    const sandbox = await start({ faults });
    const ask = () => fetch(`${sandbox.url}/api/v3/texts/Genesis_1`);
    expect((await ask()).headers.get("content-type")).toStartWith("text/html");
    expect(await (await ask()).json()).toHaveProperty("error");
    expect(await (await ask()).json()).toMatchObject({ ref: "Another Place 1" });
    expect(await (await ask()).json()).toMatchObject({ ref: "Genesis 1" });
  });

  test("a cut body cannot be read to its end", async () => {
    const sandbox = await start({ faults: [{ kind: "cut" }] });
    const read = async () => (await fetch(`${sandbox.url}/api/v3/texts/Genesis`)).json();
    const failure = await read().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Error);
  });

  test("a slow answer comes late and right", async () => {
    const clock = new FakeClock();
    const sandbox = await start({ clock, faults: [{ kind: "slow", delayMs: 5_000, times: 1 }] });
    const answer = fetch(`${sandbox.url}/api/v3/texts/Genesis_1`);
    for (let turn = 0; turn < 200 && clock.sleeping < 1; turn++) await Bun.sleep(5);
    await clock.advance(4_999);
    expect(sandbox.stats().inFlight).toBe(1);
    await clock.advance(1);
    expect((await answer).status).toBe(200);
  });
});

test("a library of very many books is listed without being made", async () => {
  const sandbox = await start({ library: generateLibrary({ seed: "many", books: 3000 }) });
  const contents = await fetch(`${sandbox.url}/api/index`);
  expect((await contents.text()).match(/"primary_category"/g)).toHaveLength(3000);
  expect(await json(sandbox, "/api/v2/index/Notebook_2000?with_content_counts=1")).toMatchObject({
    title: "Notebook 2000",
  });
});
