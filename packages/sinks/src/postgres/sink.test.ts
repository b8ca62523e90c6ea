import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { secretsFrom, SoferError, systemClock, type Clock, type Sink } from "@sofer/core";
import { FakeClock } from "@sofer/core/testing";
import { recordOf } from "../testing/records.ts";
import { postgresKind } from "./kind.ts";

// The sink on a database with pgvector: test/long/postgres.test.ts. Here is what needs none: how it meets a server that
// refuses, is silent, breaks off or has no TLS, in bytes of the protocol
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).

const PASSWORD = "hunter2-%-secret";
const signal = new AbortController().signal;
const SSL_REQUEST = 80_877_103;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A port, and what it does with the first bytes of each connection. */
async function portOf(
  answer: (first: Uint8Array, socket: Socket) => void,
): Promise<{ port: number; connections: () => number }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("data", (data) => answer(Buffer.from(data), socket));
    socket.on("error", () => socket.destroy());
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, connections: () => connections };
}

/** The server's "no" to a connection: E, its length, fields that each begin with a letter and end with a NUL. */
function refusal(state: string, message: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

async function open(
  address: string,
  options: { timeoutMs?: number; clock?: Clock; sink?: Record<string, string> } = {},
): Promise<Sink> {
  const url = `postgres://me:${encodeURIComponent(PASSWORD)}@${address}`;
  const sink = await postgresKind.open(options.sink ?? {}, {
    name: "postgres",
    libraryPath: "library.sqlite",
    secrets: secretsFrom({ DATABASE_URL: url }, null),
    clock: options.clock ?? systemClock,
    timeoutMs: options.timeoutMs ?? 5000,
  });
  closing.push(() => sink.close());
  return sink;
}

async function errorOf(work: Promise<unknown>): Promise<SoferError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof SoferError) return thrown;
  throw new Error(`no SoferError: ${String(thrown)}`);
}

describe("a server that says no is named by what happens next", () => {
  test.each([
    ["28P01", "unauthorized", "stop"],
    ["28000", "unauthorized", "stop"],
    ["3D000", "usage", "stop"],
    ["42501", "unauthorized", "stop"],
    ["53300", "throttled", "later"],
    ["57P03", "server-error", "retry"],
    ["XX000", "server-error", "retry"],
    ["53100", "unreachable", "stop"],
  ] as const)("SQLSTATE %s: %s, %s", async (state, code, next) => {
    const { port, connections } = await portOf((_, socket) => socket.end(refusal(state, "the server's own words")));
    const error = await errorOf((await open(`127.0.0.1:${port}/x`)).describe(signal));
    expect(error).toMatchObject({ code, next });
    expect(error.message).toBe(`127.0.0.1:${port}: the server's own words (SQLSTATE ${state})`);
    // One try is one try.
    expect(connections()).toBe(1);
  });

  test("what it repeats of the secret is not told", async () => {
    const encoded = encodeURIComponent(PASSWORD);
    const words = `no entry for postgres://me:${encoded}@host, password ${PASSWORD}`;
    const { port } = await portOf((_, socket) => socket.end(refusal("28P01", words)));
    const error = await errorOf((await open(`127.0.0.1:${port}/x`)).describe(signal));
    expect(error.message).toContain("no entry for postgres://me:********@host, password ********");
    expect(`${Bun.inspect(error)}${error.stack}${JSON.stringify(error)}`).not.toContain("hunter2");
  });
});

describe("a connection that fails", () => {
  test("nobody listens: it may pass", async () => {
    const { port } = await portOf(() => {
      throw new Error("nobody should come");
    });
    for (const close of closing.splice(0)) await close();
    const error = await errorOf((await open(`127.0.0.1:${port}/x`)).describe(signal));
    expect(error).toMatchObject({ code: "network", next: "retry" });
    expect(error.message).toContain(`127.0.0.1:${port} cannot be reached`);
  });

  test("it breaks off: it may pass", async () => {
    const { port } = await portOf((_, socket) => socket.destroy());
    const error = await errorOf((await open(`127.0.0.1:${port}/x`, { timeoutMs: 200 })).describe(signal));
    expect(error.next).toBe("retry");
  });

  test("it is silent: its time runs out, and it may pass", async () => {
    const { port } = await portOf(() => {
      // Not a word.
    });
    const error = await errorOf((await open(`127.0.0.1:${port}/x`, { timeoutMs: 100 })).describe(signal));
    expect(error).toMatchObject({ code: "timeout", next: "retry" });
  });

  test("it is silent and the run is stopped: the reason, without waiting for the server", async () => {
    const heard = Promise.withResolvers<void>();
    const { port } = await portOf(() => heard.resolve());
    const clock = new FakeClock();
    const sink = await open(`127.0.0.1:${port}/x`, { clock, timeoutMs: 60_000 });
    const stop = new AbortController();
    const described = sink.describe(stop.signal).catch((thrown: unknown) => thrown);
    await heard.promise;
    stop.abort("stopped by the user");
    await clock.advance(2000);
    expect(await described).toBe("stopped by the user");
  });

  test.each(["require", "verify-full"])("it has no TLS, and sslmode=%s: nothing is said to it", async (mode) => {
    const heard: Uint8Array[] = [];
    const { port } = await portOf((data, socket) => {
      heard.push(data);
      socket.write("N");
    });
    const error = await errorOf((await open(`127.0.0.1:${port}/x?sslmode=${mode}`)).describe(signal));
    expect(error).toMatchObject({ code: "unreachable", next: "stop" });
    expect(error.message).toContain("gives no protected connection");
    expect(heard).toHaveLength(1);
    expect(Buffer.from(heard[0] ?? []).readInt32BE(4)).toBe(SSL_REQUEST);
  });
});

describe("options", () => {
  test.each([
    ["table", "Chunks", "table is no name"],
    ["table", "a".repeat(51), "table is no name"],
    ["schema", 'x"; DROP TABLE y', "schema is no name"],
    ["index", "ivfflat", "index is not hnsw or none"],
    ["index-memory", "lots", "index-memory is no size"],
  ])("%s=%s is refused before anything is asked", async (option, value, why) => {
    const error = await errorOf(open("127.0.0.1:1/x", { sink: { [option]: value } }));
    expect(error).toMatchObject({ code: "usage", next: "stop" });
    expect(error.message).toContain(why);
  });

  test("without DATABASE_URL there is no sink; a file of certificates must be there", async () => {
    const secrets = secretsFrom({}, null);
    const context = { name: "postgres", libraryPath: "library.sqlite", secrets, clock: systemClock, timeoutMs: 1000 };
    expect((await errorOf(postgresKind.open({}, context))).message).toContain("DATABASE_URL");
    const error = await errorOf(open("127.0.0.1:1/x?sslmode=verify-ca&sslrootcert=/not/there.pem"));
    expect(error).toMatchObject({ code: "usage", next: "stop" });
  });

  test("its host is the one that is asked; upsert before ensure is a mistake of the caller's", async () => {
    expect((await open("[::1]/x")).host).toBe("[::1]:5432");
    const sink = await open("127.0.0.1:1/x");
    expect(sink.host).toBe("127.0.0.1:1");
    expect(await errorOf(sink.upsert([recordOf(1, { dimensions: null })], signal))).toMatchObject({ code: "internal" });
  });
});
