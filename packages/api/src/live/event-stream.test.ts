import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isKept, type RunEvent, type StampedEvent } from "@sofer/core";
import { migrateLibrary, openLibraryWriter } from "@sofer/store";
import fc from "fast-check";
import { apiClient } from "../client.ts";
import { startServer, type ApiServer } from "../server.ts";
import { EventLog } from "./event-log.ts";

setDefaultTimeout(60_000);
const folder = mkdtempSync(join(tmpdir(), "sofer-events-"));
const path = join(folder, "library.sqlite");
migrateLibrary(path);
const writer = openLibraryWriter(path);

const servers: ApiServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
afterAll(() => {
  writer.close();
  rmSync(folder, { recursive: true, force: true });
});

function serve(events: EventLog): ApiServer {
  const server = startServer({ libraryPath: path, hostname: "127.0.0.1", port: 0, token: null, events });
  servers.push(server);
  return server;
}

/** Every third is one that the library keeps. */
function eventOf(seq: number): RunEvent {
  const title = `Book ${seq}`;
  return seq % 3 === 0
    ? { type: "book-completed", title }
    : { type: "unit-done", unitId: "u", title, requests: 1, bytes: 1 };
}

function stamped(runId: number, seq: number, event = eventOf(seq)): StampedEvent {
  return { runId, seq, at: 1_000 + seq, event };
}

const run = (runId: number, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => stamped(runId, from + index));

interface Message {
  readonly id: string | null;
  readonly event: string;
  readonly data: unknown;
}

/** Reads a stream as a browser does, until there are so many messages or `isEnough` says so, and cuts it off in the middle. */
async function read(
  url: string,
  lastId: string | null,
  isEnough: (messages: readonly Message[]) => boolean,
): Promise<Message[]> {
  const stop = new AbortController();
  const answer = await fetch(`${url}/api/events`, {
    signal: stop.signal,
    headers: lastId === null ? {} : { "last-event-id": lastId },
  });
  expect(answer.headers.get("content-type")).toStartWith("text/event-stream");
  if (answer.body === null) throw new Error("no stream");
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const messages: Message[] = [];
  while (!isEnough(messages)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0 && !isEnough(messages); end = text.indexOf("\n\n")) {
      const message = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (message !== null) messages.push(message);
    }
  }
  stop.abort();
  return messages;
}

function parse(block: string): Message | null {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? null;
  const data = field("data");
  return data === null ? null : { id: field("id"), event: field("event") ?? "message", data: JSON.parse(data) };
}

const seqsOf = (messages: readonly Message[]) =>
  messages.filter(({ id }) => id !== null).map(({ data }) => (data as StampedEvent).seq);

describe("a stream of events", () => {
  test("resumes after any cuts without losing or doubling one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
        async (cuts, batches) => {
          const total = batches.reduce((sum, batch) => sum + batch, 0);
          const events = new EventLog(7);
          const server = serve(events);
          const feeding = (async () => {
            let seq = 0;
            for (const batch of batches) {
              events.add(run(7, seq + 1, (seq += batch)));
              await Bun.sleep(0);
            }
          })();
          const seen: number[] = [];
          let lastId = "7-0";
          for (const cut of [...cuts, Number.POSITIVE_INFINITY]) {
            if (seen.length === total) break;
            const messages = await read(server.url, lastId, (got) => got.length >= Math.min(cut, total - seen.length));
            expect(messages.map(({ event }) => event)).not.toContain("gap");
            seen.push(...seqsOf(messages));
            lastId = messages.findLast(({ id }) => id !== null)?.id ?? lastId;
          }
          await feeding;
          expect(seen).toEqual(run(7, 1, total).map(({ seq }) => seq));
        },
      ),
      { numRuns: 25 },
    );
  });

  test("begins with what happens from now on when nothing is said", async () => {
    const events = new EventLog(3);
    events.add(run(3, 1, 5));
    const server = serve(events);
    const reading = read(server.url, null, (got) => got.length >= 2);
    while (!events.isRead) await Bun.sleep(1);
    events.add(run(3, 6, 7));
    expect(seqsOf(await reading)).toEqual([6, 7]);
  });

  test("brings what the library keeps of what is held no more, and says each hole", async () => {
    const runId = writer.startRun("{}", 1);
    const all = run(runId, 1, 30);
    writer.recordEvents(all.filter(({ event }) => isKept(event)));
    // Room for ten: after thirty events it holds the last few.
    const events = new EventLog(runId, 10);
    for (const one of all) events.add([one]);
    const first = events.first?.seq ?? 0;
    expect(first).toBeGreaterThan(20);
    const server = serve(events);
    const messages = await read(server.url, `${runId}-4`, (got) => seqsOf(got).at(-1) === 30);
    const kept = all.map(({ seq }) => seq).filter((seq) => seq > 4 && seq < first && seq % 3 === 0);
    expect(seqsOf(messages)).toEqual([...kept, ...all.map(({ seq }) => seq).filter((seq) => seq >= first)]);
    // Between two events that do not follow each other stands a gap, and nowhere else.
    let at = 4;
    messages.forEach(({ id, data }, index) => {
      if (id === null) return;
      const { seq } = data as StampedEvent;
      expect([seq, messages[index - 1]?.event === "gap"]).toEqual([seq, seq !== at + 1]);
      at = seq;
    });
  });

  test("goes on from an earlier run: its end, then the next one from its beginning", async () => {
    const before = writer.startRun("{}", 1);
    const ending = stamped(before, 3, { type: "run-ended", runId: before, outcome: "whole" });
    writer.recordEvents([
      stamped(before, 1, { type: "run-resumed" }),
      stamped(before, 2, { type: "run-resumed" }),
      ending,
    ]);
    const events = new EventLog(before + 1);
    events.add(run(before + 1, 1, 2));
    const server = serve(events);
    const messages = await read(server.url, `${before}-1`, (got) => got.length >= 4);
    expect(messages.map(({ id }) => id)).toEqual([`${before}-2`, `${before}-3`, `${before + 1}-1`, `${before + 1}-2`]);
  });

  test("says that it knows nothing after a run that was killed", async () => {
    const killed = writer.startRun("{}", 1);
    writer.recordEvents([stamped(killed, 1, { type: "run-resumed" })]);
    const events = new EventLog(killed + 1);
    events.add(run(killed + 1, 1, 1));
    const server = serve(events);
    const messages = await read(server.url, `${killed}-1`, (got) => got.length >= 2);
    expect(messages.map(({ event, id }) => [event, id])).toEqual([
      ["gap", null],
      ["unit-done", `${killed + 1}-1`],
    ]);
    expect(messages[0]?.data).toMatchObject({ from: `${killed}-1`, to: `${killed + 1}-1` });
  });

  test.each(["nonsense", "9-1", "999999999999-999999999999"])("says that there is no event %s", async (lastId) => {
    const events = new EventLog(8);
    events.add(run(8, 1, 3));
    const server = serve(events);
    const [gap] = await read(server.url, lastId, (got) => got.length >= 1);
    expect(gap).toMatchObject({ event: "gap", id: null, data: { from: lastId } });
  });

  test("a hole in what comes is said to whoever is reading", async () => {
    const runId = writer.startRun("{}", 1);
    const events = new EventLog(runId);
    events.add(run(runId, 1, 4));
    const server = serve(events);
    const reading = read(server.url, `${runId}-2`, (got) => seqsOf(got).at(-1) === 10);
    while (!events.isRead) await Bun.sleep(1);
    events.add(run(runId, 9, 10));
    const messages = await reading;
    expect(messages.map(({ event, id }) => (event === "gap" ? "gap" : id))).toEqual([
      `${runId}-3`,
      `${runId}-4`,
      "gap",
      `${runId}-9`,
      `${runId}-10`,
    ]);
  });

  test("is not queued for a reader that does not read: it comes to a gap, and nothing is sent twice", async () => {
    const runId = writer.startRun("{}", 1);
    const events = new EventLog(runId, 200);
    const server = serve(events);
    const { port } = new URL(server.url);
    let text = "";
    const decoder = new TextDecoder();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: Number(port),
      socket: { data: (_socket, bytes) => void (text += decoder.decode(bytes, { stream: true })) },
    });
    socket.write(`GET /api/events?after=${runId}-0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    while (!events.isRead) await Bun.sleep(1);
    socket.pause();
    // More than the sockets' buffers of both sides hold.
    const filling = "x".repeat(20_000);
    const total = 2_000;
    for (let seq = 1; seq <= total; seq += 10) {
      const part = Array.from({ length: 10 }, (_, index) =>
        stamped(runId, seq + index, { type: "unit-done", unitId: filling, title: "A", requests: 1, bytes: 1 }),
      );
      events.add(part);
      await Bun.sleep(0);
    }
    socket.resume();
    while (!text.includes(`id: ${runId}-${total}\n`)) await Bun.sleep(5);
    socket.end();
    const seqs = [...text.matchAll(/^id: \d+-(\d+)$/gm)].map((match) => Number(match[1]));
    expect(text).toContain("event: gap\n");
    expect(seqs.length).toBeLessThan(total);
    expect(seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0))).toBe(true);
  });

  test("of a library at rest brings what is kept, also of a run that somebody else does meanwhile", async () => {
    const runId = writer.startRun("{}", 1);
    writer.recordEvents([stamped(runId, 1, { type: "run-resumed" }), stamped(runId, 2, { type: "run-resumed" })]);
    const server = serve(new EventLog());
    const reading = read(server.url, `${runId}-1`, (got) => got.length >= 3);
    await Bun.sleep(20);
    writer.recordEvents([stamped(runId, 5, { type: "run-resumed" })]);
    expect((await reading).map(({ event, id }) => id ?? event)).toEqual([`${runId}-2`, "gap", `${runId}-5`]);
  });

  test("is read by the client, typed", async () => {
    const events = new EventLog(5);
    events.add(run(5, 1, 3));
    const server = serve(events);
    const { data, error } = await apiClient(server.url).api.events.get({ query: { after: "5-1" }, headers: {} });
    expect(error).toBeNull();
    if (data === null) throw new Error("no stream");
    const seen: unknown[] = [];
    for await (const message of data) {
      if (!("id" in message)) continue;
      seen.push(message.id, message.event, message.data.seq);
      if (seen.length === 6) break;
    }
    expect(seen).toEqual(["5-2", "unit-done", 2, "5-3", "book-completed", 3]);
  });
});
