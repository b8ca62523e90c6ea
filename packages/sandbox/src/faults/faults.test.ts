import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { startSandbox, type Sandbox } from "../server.ts";
import { smallLibrary } from "../testing/small-library.ts";
import { Faults } from "./faults.ts";
import { readFaultRules } from "./read-rules.ts";
import type { FaultRule } from "./rule.ts";

setDefaultTimeout(30_000);
const running: Sandbox[] = [];
const PATH = "/api/v3/texts/Genesis?version=hebrew%7Call";
const MEGABYTE = 1024 * 1024;

async function start(...faults: readonly FaultRule[]): Promise<Sandbox> {
  const sandbox = await startSandbox({ library: smallLibrary, faults });
  running.push(sandbox);
  return sandbox;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.stop()));
});

const ask = (sandbox: Sandbox, init: BunFetchRequestInit = {}) =>
  fetch(sandbox.url + PATH, { redirect: "manual", keepalive: false, ...init });

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return error instanceof Error ? `${error.name} ${"code" in error ? String(error.code) : ""}` : String(error);
  }
}

/** Chunks that come over one raw connection within `ms`, and whether it was closed. */
function raw(sandbox: Sandbox, requests: number, ms: number): Promise<{ answers: number; isClosed: boolean }> {
  return new Promise((resolve) => {
    let text = "";
    let isClosed = false;
    let sent = 1;
    const ask = `GET ${PATH} HTTP/1.1\r\nhost: sandbox\r\n\r\n`;
    const socket = connect(sandbox.port, "127.0.0.1", () => socket.write(ask));
    const answers = () => text.split("HTTP/1.1 200").length - 1;
    socket.on("data", (data) => {
      text += String(data);
      if (answers() === sent && sent < requests) {
        sent++;
        setTimeout(() => socket.write(ask), 20);
      }
    });
    socket.on("close", () => (isClosed = true));
    setTimeout(() => {
      resolve({ answers: answers(), isClosed });
      socket.destroy();
    }, ms);
  });
}

describe("what the client gets", () => {
  test("empty, html, error, wrong-ref, redirect: an answer that is not the right one", async () => {
    const rules = ["empty", "html", "error", "wrong-ref"].map((kind) => ({ kind, times: 1 }) as FaultRule);
    const sandbox = await start(...rules, { kind: "redirect", times: 1, location: "http://other.example/x" });
    const answers: [number, string][] = [];
    for (let times = 0; times < 4; times++) {
      const response = await ask(sandbox);
      answers.push([response.status, await response.text()]);
    }
    expect(answers[0]).toEqual([200, ""]);
    expect(answers[1]?.[1]).toContain("<html>");
    expect(JSON.parse(answers[2]?.[1] ?? "")).toHaveProperty("error");
    expect(JSON.parse(answers[3]?.[1] ?? "")).toMatchObject({ ref: "Another Place 1" });
    const redirect = await ask(sandbox);
    expect([redirect.status, redirect.headers.get("location")]).toEqual([302, "http://other.example/x"]);
    expect(sandbox.stats().faultsByKind).toEqual({ empty: 1, html: 1, error: 1, "wrong-ref": 1, redirect: 1 });
    expect((await ask(sandbox)).status).toBe(200);
  });

  test("truncate, flip, invalid-utf8: other bytes, under an honest length", async () => {
    const whole = Buffer.from(await (await ask(await start())).arrayBuffer());
    const spoilt = async (kind: "truncate" | "flip" | "invalid-utf8") =>
      Buffer.from(await (await ask(await start({ kind }))).arrayBuffer());
    const cut = await spoilt("truncate");
    expect(cut.equals(whole.subarray(0, Math.floor(whole.byteLength / 2)))).toBe(true);
    const flipped = await spoilt("flip");
    expect([flipped.byteLength, flipped.equals(whole)]).toEqual([whole.byteLength, false]);
    const broken = await spoilt("invalid-utf8");
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(broken)).toThrow();
  });

  test("oversize and bomb: as many bytes as were asked for, plain or packed", async () => {
    const sandbox = await start(
      { kind: "oversize", bytes: 3 * MEGABYTE, times: 1 },
      { kind: "bomb", bytes: 3 * MEGABYTE },
    );
    const plain = await ask(sandbox);
    expect((await plain.arrayBuffer()).byteLength).toBe(3 * MEGABYTE);
    const packed = Buffer.from(await (await ask(sandbox, { decompress: false })).arrayBuffer());
    expect(packed.byteLength).toBeLessThan(MEGABYTE / 10);
    expect(JSON.parse((await (await ask(sandbox)).text()).trim())).toHaveProperty("versions");
  });

  test("reset and cut: the connection breaks off before or inside the answer", async () => {
    expect(await failure(ask(await start({ kind: "reset" })))).toContain("Error");
    expect(await failure(ask(await start({ kind: "cut" })).then((response) => response.text()))).toContain("Error");
  });

  test("hang and hang-body: nothing, or half, until the client goes", async () => {
    const silent = await start({ kind: "hang" });
    expect(await failure(ask(silent, { signal: AbortSignal.timeout(300) }))).toContain("TimeoutError");
    const half = await start({ kind: "hang-body" });
    const response = await ask(half, { signal: AbortSignal.timeout(500) });
    expect(response.status).toBe(200);
    expect(await failure(response.text())).toContain("TimeoutError");
    for (const sandbox of [silent, half]) {
      while (sandbox.stats().inFlight > 0) await Bun.sleep(5);
    }
  });

  test("slow-body: the right answer, in drops", async () => {
    const right = await (await ask(await start())).text();
    const response = await ask(await start({ kind: "slow-body", delayMs: 200 }));
    let parts = 0;
    let text = "";
    const decoder = new TextDecoder();
    for await (const part of response.body ?? []) {
      parts++;
      text += decoder.decode(part, { stream: true });
    }
    expect(text).toBe(right);
    expect(parts).toBeGreaterThan(3);
  });

  test("half-open: one right answer, then silence on that connection alone", async () => {
    const sandbox = await start({ kind: "half-open", times: 1 });
    expect(await raw(sandbox, 2, 500)).toEqual({ answers: 1, isClosed: false });
    expect((await raw(sandbox, 2, 500)).answers).toBe(2);
  });

  test("limit: what is beyond it is refused, and its headers tell of it", async () => {
    const sandbox = await start({ kind: "limit", perSecond: 1, burst: 3, retryAfter: "-1", headers: "legacy" });
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(sandbox)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(7);
    expect(refused[0]?.headers.get("retry-after")).toBe("-1");
    expect(answers.every(({ headers }) => headers.get("x-ratelimit-limit") === "3")).toBe(true);
    expect(sandbox.stats().faultsByKind).toEqual({ limit: 7 });
    const draft = await ask(await start({ kind: "limit", perSecond: 1, burst: 3, headers: "draft" }));
    expect([draft.status, draft.headers.get("ratelimit-policy")]).toEqual([200, '"default";q=1;w=1']);
    expect(draft.headers.get("ratelimit")).toMatch(/^"default";r=2;t=\d+$/);
  });

  test("throttle: any Retry-After, or none", async () => {
    const date = "Wed, 21 Oct 2099 07:28:00 GMT";
    const rules = [0, date, null].map((retryAfter) => ({ kind: "throttle", times: 1, retryAfter }) as const);
    const sandbox = await start(...rules);
    const said: (string | null)[] = [];
    for (let times = 0; times < 3; times++) said.push((await ask(sandbox)).headers.get("retry-after"));
    expect(said).toEqual(["0", date, null]);
  });

  test("an outage refuses connections, and ends", async () => {
    const sandbox = await start();
    const over = sandbox.outage(150);
    expect(await failure(ask(sandbox))).toContain("ECONNREFUSED");
    await over;
    expect((await ask(sandbox)).status).toBe(200);
  });
});

describe("which requests", () => {
  const paths = Array.from({ length: 400 }, (_, at) => `/path/${at}`);
  const fired = (rule: FaultRule, order: readonly string[]) => {
    const faults = new Faults([rule]);
    return new Set(order.filter((path) => faults.next("texts", path, "") !== null));
  };

  test("a percentage falls on the same paths whatever their order, and anew on each repetition", () => {
    const rule = { kind: "cut", percent: 20, seed: "s" } as const;
    const first = fired(rule, paths);
    expect(first.size).toBeGreaterThan(40);
    expect(first.size).toBeLessThan(120);
    expect(fired(rule, paths.toReversed())).toEqual(first);
    expect(fired({ ...rule, seed: "other" }, paths)).not.toEqual(first);
    const faults = new Faults([rule]);
    const again = [...first].filter((path) => {
      faults.next("texts", path, "");
      return faults.next("texts", path, "") !== null;
    });
    expect(again.length).toBeLessThan(first.size / 2);
  });

  test("rules can be changed, and asked for, while it runs", async () => {
    const sandbox = await start({ kind: "error" });
    const page = (path: string, body?: unknown) =>
      fetch(
        `${sandbox.url}/_sandbox/${path}`,
        body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
      );
    await ask(sandbox);
    expect(await (await page("faults")).json()).toEqual([{ rule: { kind: "error" }, fired: 1 }]);
    expect(await (await page("faults", [])).json()).toEqual([]);
    expect(await (await ask(sandbox)).json()).toHaveProperty("versions");
    sandbox.setFaults([{ kind: "status", status: 502 }]);
    expect((await ask(sandbox)).status).toBe(502);
    expect((await page("outage", { seconds: 0.1 })).status).toBe(200);
    expect((await page("outage", { seconds: "soon" })).status).toBe(400);
  });

  test.each([
    [{ kind: "explode" }, '"kind" must be one of status'],
    [{}, '"kind" must be'],
    [{ kind: "cut", percents: 5 }, 'there is no "percents"'],
    [{ kind: "cut", percent: 101 }, '"percent" must be a number from 0 to 100'],
    [{ kind: "limit", perSecond: 0 }, '"perSecond" must be a number above 0'],
    [{ kind: "cut", endpoint: "text" }, '"endpoint" must be one of contents'],
    ["cut", "it is no object"],
  ])("%p is refused by name", (rule, message) => {
    expect(() => readFaultRules([{ kind: "cut" }, rule])).toThrow(`rule 2: ${message}`);
  });
});
