import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { apiClient, type ApiClient } from "@sofer/api/client";
import { startServer, type ApiServer } from "@sofer/api";
import { openLibrary, type Library } from "@sofer/store";
import { heldSegments, runCli, tempDir, verified } from "../support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);
const folder = tempDir();
const path = folder.file("library.sqlite");
const TITLES = ["Scroll of Gates", "Eliav on Scroll of Gates", "Table of Order"];

let server: ApiServer;
let client: ApiClient;
let library: Library;

beforeAll(async () => {
  const own = ["--library", path, "--pace-file", folder.file("pace"), "--quiet"];
  const { code, stderr } = await runCli(["ingest", "--demo", "--versions", "all", ...own, "--titles", ...TITLES]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  server = startServer({ libraryPath: path, hostname: "127.0.0.1", port: 0, token: null });
  client = apiClient(server.url);
  library = openLibrary(path);
});
afterAll(async () => {
  library.close();
  await server.stop();
  folder.dispose();
});

/** What an answer holds; a refusal is a failure of the test. */
function held<T>({ data, error }: { data: T | null; error: unknown }): T {
  expect(error).toBeNull();
  if (data === null) throw new Error("an answer without data");
  return data;
}

describe("every resource of a library at rest", () => {
  test("health, readiness, the library in numbers", async () => {
    expect(held(await client.health.get())).toEqual({ status: "ok", instance: server.instance, runId: null });
    expect(held(await client.ready.get())).toEqual({ isReady: true, why: "" });
    const counts = held(await client.api.library.get());
    expect(counts).toMatchObject(library.counts());
    expect(held(await client.api.live.get())).toEqual({ run: null });
  });

  test("runs, newest first, with settings and receipt", async () => {
    const { items, next } = held(await client.api.runs.get({ query: { limit: 10 } }));
    expect(next).toBeNull();
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ outcome: "whole", isLive: false });
    const run = held(await client.api.runs({ id: items[0]?.id ?? 0 }).get());
    expect(run.settings["titles"]).toEqual(TITLES);
    expect(run.receipt).toMatchObject({ outcome: "whole", books: 3 });
    expect((await client.api.runs({ id: 77 }).get()).status).toBe(404);
  });

  test("books page by page, complete as verify says", async () => {
    const first = held(await client.api.books.get({ query: { limit: 2 } }));
    expect(first.total).toBe(3);
    const second = held(await client.api.books.get({ query: { limit: 2, after: first.next ?? "" } }));
    expect(second.next).toBeNull();
    const items = [...first.items, ...second.items];
    expect(items.map(({ title }) => title).toSorted()).toEqual(TITLES.toSorted());
    const report = await verified(path);
    const sum = (name: "expected" | "stored" | "blank" | "uncovered" | "excluded") =>
      items.reduce((total, { segments }) => total + segments[name], 0);
    for (const name of ["expected", "stored", "blank", "uncovered", "excluded"] as const) {
      expect([name, sum(name)]).toEqual([name, report.slots[name]]);
    }
    for (const book of items) {
      expect(book).toMatchObject({ state: "whole", failures: 0 });
      const { expected, ...classes } = book.segments;
      expect(Object.values(classes).reduce((total, n) => total + n, 0)).toBe(expected);
      expect(book.chunks).toBe(library.chunkCount(book.title));
      expect(book.requests).toBeGreaterThan(0);
    }
    expect(sum("stored")).toBeGreaterThan(0);
  });

  test("one book, its leaves, versions and sections", async () => {
    const title = "Scroll of Gates";
    const book = held(await client.api.books({ title: encodeURIComponent(title) }).get());
    expect(book.leaves.map((leaf) => leaf.title)).toEqual([title]);
    expect(book.editions.map((edition) => edition.versionTitle).toSorted()).toEqual(
      [...library.heldVersions([title])].map((version) => version.versionTitle).toSorted(),
    );
    const sections = held(
      await client.api.books({ title: encodeURIComponent(title) }).sections.get({ query: { limit: 500, after: 0 } }),
    );
    expect(sections.items.reduce((total, section) => total + section.segments.stored, 0)).toBe(book.segments.stored);
    expect(sections.items[0]?.ref).toBe("Scroll of Gates 1");
    const page = held(
      await client.api.books({ title: encodeURIComponent(title) }).sections.get({ query: { limit: 1, after: 1 } }),
    );
    expect(page.items).toEqual(sections.items.slice(1, 2));
    expect((await client.api.books({ title: "Nowhere" }).get()).error?.value).toMatchObject({ code: "not-found" });
  });

  test("categories add up to the books under them", async () => {
    const { items } = held(await client.api.categories.get());
    const top = items.filter(({ path: at }) => at.length === 1);
    expect(top.reduce((sum, { books }) => sum + books, 0)).toBe(3);
    for (const { books, states } of items) expect(Object.values(states).reduce((sum, n) => sum + n, 0)).toBe(books);
    const [name] = top[0]?.path ?? [];
    const inside = held(await client.api.books.get({ query: { limit: 100, category: name ?? "" } }));
    expect(inside.items).toHaveLength(top[0]?.books ?? -1);
  });

  test("units, failures, hosts, workers, kept events", async () => {
    const units = held(await client.api.units.get({ query: { limit: 500 } }));
    expect(units.items.every(({ state }) => state === "done")).toBe(true);
    expect(new Set(units.items.map(({ title }) => title))).toEqual(new Set(TITLES));
    const one = held(await client.api.units.get({ query: { limit: 1, title: "Table of Order" } }));
    expect(one.items).toHaveLength(1);
    expect(held(await client.api.failures.get({ query: { limit: 10 } }))).toEqual({
      items: [],
      next: null,
      total: 0,
      byCode: {},
    });
    expect(held(await client.api.sinks.get())).toEqual({ items: [] });
    expect(held(await client.api.hosts.get())).toEqual({ items: [] });
    expect(held(await client.api.workers.get())).toEqual({ items: [] });
    const kept = held(await client.api.events.kept.get({ query: { limit: 500 } }));
    const types = kept.items.map(({ event }) => event.type);
    expect(types[0]).toBe("run-started");
    expect(types.at(-1)).toBe("run-ended");
    expect(types.filter((type) => type === "book-completed")).toHaveLength(3);
    const seqs = kept.items.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  test("search, segments, chunks, links, versions with their licences", async () => {
    const wanted = heldSegments(path).find(({ title, language }) => title === "Table of Order" && language === "en");
    if (wanted === undefined) throw new Error("no English text");
    const q = wanted.text
      .replaceAll(/<[^>]*>/g, " ")
      .split(/\s+/)
      .slice(0, 4)
      .join(" ");
    const found = held(await client.api.search.get({ query: { q, limit: 50, title: "Table of Order" } }));
    expect(found.items.map(({ ref }) => ref)).toContain(wanted.ref);
    for (const { versions } of found.items) for (const { license } of versions) expect(license).not.toBe("");

    const segments = held(await client.api.segments.get({ query: { ref: "Scroll of Gates 1:1-3", limit: 2 } }));
    expect(segments.items.map(({ ref }) => ref)).toEqual(["Scroll of Gates 1:1", "Scroll of Gates 1:2"]);
    const rest = held(
      await client.api.segments.get({ query: { ref: "Scroll of Gates 1:1-3", limit: 2, after: segments.next ?? "" } }),
    );
    expect(rest.items.map(({ ref }) => ref)).toEqual(["Scroll of Gates 1:3"]);
    expect(rest.next).toBeNull();
    const rows = heldSegments(path).filter(({ ref }) => ref === "Scroll of Gates 1:1");
    expect(segments.items[0]?.texts.map(({ text }) => text).toSorted()).toEqual(
      rows.map(({ text }) => text).toSorted(),
    );
    const hebrew = held(
      await client.api.segments.get({ query: { ref: rows[0]?.heRef ?? "", limit: 2, language: "he" } }),
    );
    expect(hebrew.items.map(({ ref }) => ref)).toEqual(["Scroll of Gates 1:1"]);
    expect(hebrew.items[0]?.texts.every(({ language }) => language === "he")).toBe(true);

    const chunks = held(await client.api.chunks.get({ query: { ref: "Scroll of Gates 1:1", limit: 50 } }));
    const all = [...library.chunks({ titles: ["Scroll of Gates"] })].filter(({ refs }) =>
      refs.includes("Scroll of Gates 1:1"),
    );
    expect(chunks.items.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    expect(chunks.items[0]?.text).toBe(all.find(({ id }) => id === chunks.items[0]?.id)?.text ?? "");

    expect(held(await client.api.links.get({ query: { ref: "Scroll of Gates 1:1", limit: 5 } })).total).toBe(0);
    expect((await client.api.links.get({ query: { ref: "Nowhere 3", limit: 5 } })).status).toBe(404);

    const versions = held(await client.api.versions.get({ query: { limit: 100 } }));
    expect(versions.items).toEqual([...library.heldVersions()]);
  });

  test("metrics, in Prometheus's form", async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toContain(`sofer_library_rows{table="texts"} ${library.counts().texts}\n`);
    expect(text).toContain("sofer_run_up 0\n");
    for (const line of text.split("\n")) {
      expect(line).toMatch(/^$|^# (HELP|TYPE) [a-z_]+ .+$|^[a-z_]+(\{([a-z]+="[^"]*",?)+\})? -?\d[\d.e+-]*$/);
    }
  });

  test("OpenAPI names every resource, and no page is served that would load anything", async () => {
    const answer = await fetch(`${server.url}/openapi.json`);
    const { paths } = (await answer.json()) as { paths: Record<string, unknown> };
    const resources = [
      "books",
      "units",
      "failures",
      "hosts",
      "workers",
      "search",
      "segments",
      "chunks",
      "links",
      "versions",
    ];
    for (const resource of resources) expect(Object.keys(paths)).toContain(`/api/${resource}`);
    for (const page of ["/openapi", "/docs", "/swagger"]) expect((await fetch(server.url + page)).status).toBe(404);
  });

  test("control says what the next run will begin with, and steers nothing", async () => {
    expect(held(await client.api.control.get())).toEqual({ pausedAt: null, ratePerSecond: null, maxWorkers: null });
    const answer = await client.api.control.pause.post();
    expect(answer.status).toBe(403);
  });
});

test("a library that is not there is refused", () => {
  const start = () => startServer({ libraryPath: folder.file("none"), hostname: "127.0.0.1", port: 0, token: null });
  expect(start).toThrow("there is no library");
});

test("the client knows what there is: a wrong field does not type-check", async () => {
  const { data } = await client.api.books.get({ query: { limit: 1 } });
  const book = data?.items[0];
  // @ts-expect-error there is no such field
  expect(book?.completeness).toBeUndefined();
  // @ts-expect-error a title is a text
  const title: number | undefined = book?.title;
  expect(title).toBeDefined();
  // @ts-expect-error there is no such resource
  expect(typeof client.api.bucks).toBe("function");
  // @ts-expect-error the pace is a number
  const wrong: Parameters<typeof client.api.control.rate.post>[0] = { ratePerSecond: "fast" };
  expect(wrong).toBeDefined();
});
