import { unpaced, type Pacer, type Refusal } from "@sofer/core";
import { OF_ANOTHER_HOST, SELF_SIGNED } from "@sofer/core/testing";
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Answer, SentRequest } from "./exchange.ts";
import { follow } from "./follow.ts";
import { httpStack, type HttpOptions } from "./stack.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

type Handler = (request: Request, sent: number) => Response | Promise<Response>;

/** One real server; each test registers its own path. */
const handlers = new Map<string, Handler>();
const counts = new Map<string, number>();
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const { pathname } = new URL(request.url);
    const sent = (counts.get(pathname) ?? 0) + 1;
    counts.set(pathname, sent);
    return handlers.get(pathname)?.(request, sent) ?? new Response("no handler", { status: 500 });
  },
});
afterAll(() => server.stop(true));

const OPTIONS: HttpOptions = {
  userAgent: "sofer-test (+nobody@example.org)",
  maxRetries: 2,
  initialBackoffMs: 1,
  timeoutMs: 5000,
  maxResponseBytes: 100_000,
  pacer: unpaced,
};
let paths = 0;

/** Sends one request through the whole stack to a handler of its own. */
async function send(
  handler: Handler,
  options: Partial<HttpOptions> = {},
  request: { canSplit?: boolean; signal?: AbortSignal } = {},
) {
  const path = `/${++paths}`;
  handlers.set(path, handler);
  const stack = httpStack({ ...OPTIONS, ...options });
  const result = await stack({ url: new URL(path, server.url).href, canSplit: false, ...request }).catch(
    (error: unknown) => error,
  );
  return { result, sent: counts.get(path) ?? 0 };
}

/** A web page in place of data. */
function page(status: number): Handler {
  return () => new Response("<html>", { status, headers: { "content-type": "text/html" } });
}

async function slow(): Promise<Response> {
  await Bun.sleep(300);
  return Response.json({});
}

function recordingPacer(): { pacer: Pacer; permits: string[]; refusals: Refusal[] } {
  const permits: string[] = [];
  const refusals: Refusal[] = [];
  const pacer: Pacer = {
    permit(host) {
      permits.push(host);
      return Promise.resolve();
    },
    refused: (refusal) => void refusals.push(refusal),
    ended: () => undefined,
  };
  return { pacer, permits, refusals };
}

test("a good answer comes with its JSON, its size, and one report", async () => {
  const reports: SentRequest[] = [];
  let agent = "";
  const before = Date.now();
  const { result } = await send(
    (request) => {
      agent = request.headers.get("user-agent") ?? "";
      return Response.json({ text: "אב" });
    },
    { onRequest: (sent) => void reports.push(sent) },
  );
  expect(result).toMatchObject({ json: { text: "אב" }, bytes: 15, status: 200 });
  expect(agent).toBe(OPTIONS.userAgent);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatchObject({ status: 200, bytes: 15 });
  expect(Math.abs((reports[0]?.sentAt ?? 0) - before)).toBeLessThan(1000);
});

test("every sending takes a permit, and a refusal is reported", async () => {
  const { pacer, permits, refusals } = recordingPacer();
  const answers = [
    new Response("{}", { status: 429, headers: { "retry-after": "0" } }),
    new Response("busy", { status: 503, headers: { "retry-after": "0", "content-type": "text/html" } }),
  ];
  const { result, sent } = await send((_, n) => answers[n - 1] ?? Response.json([]), { pacer });
  expect(result).toMatchObject({ json: [] });
  expect(sent).toBe(3);
  expect(permits).toEqual([server.url.host, server.url.host, server.url.host]);
  expect(refusals.map(({ status, retryAfterMs }) => [status, retryAfterMs])).toEqual([
    [429, 0],
    [503, 0],
  ]);
});

test("a block page is reported and not asked again", async () => {
  const { pacer, refusals } = recordingPacer();
  const { result, sent } = await send(page(403), { pacer });
  expect(result).toMatchObject({ code: "refused", status: 403 });
  expect(sent).toBe(1);
  expect(refusals).toHaveLength(1);
});

test("a page in place of JSON is asked for again, then named", async () => {
  expect(await send(page(200))).toMatchObject({ result: { code: "not-json" }, sent: 3 });
  expect(await send(() => new Response('{"a":', { headers: { "content-type": "application/json" } }))).toMatchObject({
    result: { code: "not-json" },
    sent: 3,
  });
  expect(
    await send(
      () => new Response(new Uint8Array([0x22, 0xe9, 0x22]), { headers: { "content-type": "application/json" } }),
    ),
  ).toMatchObject({ result: { code: "not-json" }, sent: 3 });
});

test("an error inside a 200 is an error", async () => {
  const { result, sent } = await send(() => Response.json({ error: "Could not find title" }));
  expect(result).toMatchObject({ code: "error-in-200", next: "never" });
  expect(sent).toBe(1);
});

test("an answer over the size is refused, whether announced or not", async () => {
  expect(await send(() => Response.json("x".repeat(200_000)))).toMatchObject({
    result: { code: "too-large", next: "split" },
    sent: 1,
  });
  let pulled = 0;
  const streamed = () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(10_000));
          await Bun.sleep(1);
          if (pulled > 5000) controller.close();
        },
      }),
      { headers: { "content-type": "application/json" } },
    );
  expect(await send(streamed)).toMatchObject({ result: { code: "too-large" }, sent: 1 });
  expect(pulled).toBeLessThan(5000);
});

test("a slow host times out; what can be split is then split", async () => {
  const fields = { timeoutMs: 30 };
  expect(await send(slow, fields)).toMatchObject({ result: { code: "timeout" }, sent: 3 });
  expect(await send(slow, fields, { canSplit: true })).toMatchObject({ result: { code: "too-slow" }, sent: 2 });
  expect(await send(() => new Response("", { status: 504 }), {}, { canSplit: true })).toMatchObject({
    result: { code: "too-slow", status: 504 },
    sent: 2,
  });
});

test("waiting for a permit is not the host's slowness", async () => {
  const pacer: Pacer = { permit: () => Bun.sleep(80), refused: () => undefined, ended: () => undefined };
  expect(await send(() => Response.json({}), { pacer, timeoutMs: 60 })).toMatchObject({
    result: { json: {} },
    sent: 1,
  });
});

test("a redirect is followed on its host only", async () => {
  handlers.set("/home", () => Response.json({ at: "home" }));
  const { pacer, permits } = recordingPacer();
  const inside = await send(() => new Response(null, { status: 301, headers: { location: "/home" } }), { pacer });
  expect(inside.result).toMatchObject({ json: { at: "home" } });
  expect(permits).toHaveLength(2);
  expect(
    await send(() => new Response(null, { status: 301, headers: { location: "http://127.0.0.2:9/x" } })),
  ).toMatchObject({ result: { code: "refused", status: 301 }, sent: 1 });
  expect(
    await send((request: Request) => new Response(null, { status: 302, headers: { location: request.url } })),
  ).toMatchObject({ result: { code: "refused" }, sent: 4 });
});

describe("redirects that are not followed", () => {
  const to = (location: string, status = 302) => send(() => new Response(null, { status, headers: { location } }));

  test.each([
    ["another port of this machine", "http://127.0.0.1:1/x"],
    ["an address that only this network knows", "http://169.254.169.254/latest/meta-data"],
    ["a file", "file:///etc/passwd"],
    ["no address", "http://["],
    ["nothing but text", "data:text/plain,hello"],
  ])("%s", async (_what, location) => {
    const { result, sent } = await to(location);
    expect(result).toMatchObject({ code: "refused", next: "never", hint: expect.stringContaining("--base-url") });
    expect(sent).toBe(1);
  });

  test("one that holds a password: and the password is not shown", async () => {
    const inside = new URL("/home", server.url);
    inside.username = "me";
    inside.password = "secret";
    const { result, sent } = await to(inside.href);
    expect(result).toMatchObject({ code: "refused" });
    expect(String(result)).not.toContain("secret");
    expect(sent).toBe(1);
  });

  test("one that gives up encryption, on the same host and port", async () => {
    using secure = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: SELF_SIGNED,
      fetch: (request) => Response.redirect(request.url.replace("https:", "http:")),
    });
    const answers = follow<Answer>(
      async ({ url }) => {
        const response = await fetch(url, { redirect: "manual", tls: { ca: SELF_SIGNED.cert } });
        return { url, status: response.status, headers: response.headers, body: await response.text(), bytes: 0 };
      },
      { flag: "--base-url" },
    );
    const error = await answers({ url: secure.url.href, canSplit: false }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "refused", message: expect.stringContaining("without encryption") });
  });
});

describe("a certificate that cannot be trusted", () => {
  async function ask(tls: typeof SELF_SIGNED) {
    let sent = 0;
    using secure = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls,
      fetch() {
        sent++;
        return Response.json({});
      },
    });
    const reports: SentRequest[] = [];
    const stack = httpStack({ ...OPTIONS, onRequest: (one) => void reports.push(one) });
    const result = await stack({ url: secure.url.href, canSplit: false }).catch((thrown: unknown) => thrown);
    return { result, sent, tries: reports.length };
  }

  test.each([
    ["signed by itself", SELF_SIGNED],
    ["of another host", OF_ANOTHER_HOST],
  ] as const)("%s: named at once, not tried again, nothing sent", async (_what, tls) => {
    const { result, sent, tries } = await ask(tls);
    expect(result).toMatchObject({ code: "tls", next: "never", hint: expect.stringContaining("NODE_EXTRA_CA_CERTS") });
    expect([sent, tries]).toEqual([0, 1]);
  });

  test("the environment cannot switch the check off without a word", async () => {
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      expect(await ask(SELF_SIGNED)).toMatchObject({ result: { code: "tls" }, sent: 0 });
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
  });
});

test("statuses say what happens next", async () => {
  const cases = [
    [400, "refused", 1],
    [404, "not-found", 1],
    [408, "timeout", 3],
    [425, "server-error", 3],
    [500, "server-error", 3],
    [503, "server-error", 3],
  ] as const;
  for (const [status, code, requests] of cases) {
    const { result, sent } = await send(() => Response.json({ error: "why" }, { status }));
    expect(result).toMatchObject({ code, status, message: expect.stringContaining("why") });
    expect(sent).toBe(requests);
  }
});

test("a body that breaks off is asked for again", async () => {
  const half = Buffer.from("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[1,2");
  const cutter = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.end(half);
      },
    },
  });
  const stack = httpStack(OPTIONS);
  const error = await stack({ url: `http://127.0.0.1:${cutter.port}/`, canSplit: false }).catch(
    (thrown: unknown) => thrown,
  );
  cutter.stop(true);
  expect(error).toMatchObject({ code: "body-cut", next: "retry", message: expect.stringContaining("3 requests") });
});

test("a host that is down is named", async () => {
  const closed = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = closed;
  await closed.stop(true);
  const reports: SentRequest[] = [];
  const stack = httpStack({ ...OPTIONS, onRequest: (sent) => void reports.push(sent) });
  const error = await stack({ url: `http://127.0.0.1:${port}/`, canSplit: false }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "network", message: expect.stringContaining(`127.0.0.1:${port}`) });
  expect(reports.map(({ status }) => status)).toEqual([0, 0, 0]);
});

test("the caller's abort ends a request with the caller's reason", async () => {
  const caller = new AbortController();
  const reason = new Error("enough");
  const slowly = async (): Promise<Response> => {
    setTimeout(() => caller.abort(reason), 20);
    await Bun.sleep(300);
    return Response.json({});
  };
  expect(await send(slowly, {}, { signal: caller.signal })).toMatchObject({ result: reason, sent: 1 });
});
