import { unpaced, type Leaf, type SoferError, type TextRequest, type TextSource } from "@sofer/core";
import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createServiceSource } from "./source-service.ts";

/** A real server that answers what each test puts under a path (query included). */
const answers = new Map<string, { json: unknown; status: number }>();
const asked: string[] = [];
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const { pathname, search } = new URL(request.url);
    asked.push(pathname + search);
    const answer = answers.get(pathname + search);
    if (answer === undefined) return Response.json({ error: "We have no text" }, { status: 404 });
    return Response.json(answer.json, { status: answer.status });
  },
});
afterAll(() => server.stop(true));

const source: TextSource = createServiceSource({
  baseUrl: server.url.href,
  userAgent: "sofer-test (+nobody@example.org)",
  maxRetries: 1,
  initialBackoffMs: 1,
  timeoutMs: 5000,
  maxResponseBytes: 10_000_000,
  pacer: unpaced,
});

const leaf: Leaf = {
  title: "Book",
  heTitle: "ספר",
  keys: [],
  order: 0,
  depth: 2,
  addressTypes: ["Talmud", "Integer"],
  sectionNames: [],
  heSectionNames: [],
  offsets: null,
  isDefault: false,
};
const whole: TextRequest = { bookTitle: "Book", leaf, range: null, versions: "all", promised: true };
const WHOLE = "/api/v3/texts/Book?version=%7Call";
const version = (versionTitle: string, text: unknown) => ({
  language: "he",
  versionTitle,
  license: "CC0",
  priority: "",
  text,
});
const answer = (versions: unknown[], more: object = {}) => ({
  ref: "Book",
  sections: [],
  toSections: [],
  textDepth: 2,
  available_versions: [version("A", undefined)],
  versions,
  ...more,
});

async function ask(path: string, json: unknown, request: TextRequest = whole) {
  answers.set(path, { json, status: 200 });
  return source.text(request).catch((error: SoferError) => error);
}

test("a whole leaf in all versions, each counted in the raw answer", async () => {
  const result = await source.text(
    (answers.set(WHOLE, { json: answer([version("A", [[], [], ["x", " ", "y"]]), version("B", [])]), status: 200 }),
    whole),
  );
  expect(result.versions.map(({ meta, text, raw }) => [meta.versionTitle, text, raw.count])).toEqual([
    ["A", [[], [], ["x", " ", "y"]], 2],
    ["B", [], 0],
  ]);
  expect(result).toMatchObject({ missing: [], sourceTag: new URL(WHOLE, server.url).href });
  expect(result.bytes).toBeGreaterThan(100);
});

test("an answer for another place is refused", async () => {
  const text = [version("A", ["x"])];
  expect(await ask(WHOLE, answer(text, { ref: "Book 2a" }))).toMatchObject({ code: "wrong-ref" });
  expect(await ask(WHOLE, answer(text, { sections: ["2a"] }))).toMatchObject({ code: "wrong-ref" });
  const part: TextRequest = { ...whole, range: { from: [2], to: [5] } };
  const path = "/api/v3/texts/Book.2a-3b?version=%7Call";
  expect(await ask(path, answer(text), part)).toMatchObject({ code: "wrong-ref" });
  const elsewhere = { ref: "Book, Other 2-3", sections: ["2a"], toSections: ["3b"] };
  expect(await ask(path, answer(text, elsewhere), part)).toMatchObject({ code: "wrong-ref" });
  // The service writes a daf range without its sides; it is the same place.
  const right = { ref: "Book 2-3", sections: ["2a"], toSections: ["3b"] };
  expect(await ask(path, answer(text, right), part)).toMatchObject({ versions: [{ text: ["x"] }] });
});

test("a segment range is compared with its labels, offsets included", async () => {
  const zohar: Leaf = { ...leaf, addressTypes: ["Integer", "Integer"], offsets: { "2": [0, 3] } };
  const request: TextRequest = { ...whole, leaf: zohar, range: { from: [1, 0], to: [1, 1] } };
  const path = "/api/v3/texts/Book.2.4-5?version=%7Call";
  const right = answer([version("A", ["x", "y"])], { ref: "Book 2:4-5", sections: ["2", "4"], toSections: ["2", "5"] });
  expect(await ask(path, right, request)).toMatchObject({ versions: [{ raw: { count: 2 } }] });
  const unshifted = { ...right, sections: ["2", "1"], toSections: ["2", "2"] };
  expect(await ask(path, unshifted, request)).toMatchObject({ code: "wrong-ref" });
});

test("a wrong depth, an error inside, and an unknown form are named", async () => {
  expect(await ask(WHOLE, answer([version("A", ["x"])], { textDepth: 3 }))).toMatchObject({ code: "wrong-depth" });
  expect(await ask(WHOLE, { error: "no" })).toMatchObject({ code: "error-in-200" });
  expect(await ask(WHOLE, { ref: "Book" })).toMatchObject({ code: "wire-shape" });
  expect(await ask(WHOLE, answer([{ text: ["x"] }]))).toMatchObject({ code: "wire-shape" });
});

test("no text is an error only where text was promised", async () => {
  const empty = answer([version("A", [[" "]])]);
  expect(await ask(WHOLE, empty)).toMatchObject({ code: "empty-where-promised" });
  expect(await ask(WHOLE, empty, { ...whole, promised: false })).toMatchObject({ versions: [{ raw: { count: 0 } }] });
  const nowhere = { ...whole, leaf: { ...leaf, title: "Nowhere" } };
  expect(await source.text(nowhere).catch((error: unknown) => error)).toMatchObject({
    code: "empty-where-promised",
    status: 404,
  });
  expect(await source.text({ ...nowhere, promised: false, versions: ["A"] })).toMatchObject({
    versions: [],
    missing: ["A"],
  });
});

test("named versions: what the place lacks is missing, an empty one is no error", async () => {
  const request: TextRequest = { ...whole, versions: ["A", "B"] };
  const result = await ask("/api/v3/texts/Book?version=%7CA&version=%7CB", answer([version("A", [])]), request);
  expect(result).toMatchObject({ missing: ["B"], versions: [{ meta: { versionTitle: "A" }, text: [] }] });
  expect(await ask(WHOLE, answer([version("a_b", [["x"]])]), { ...whole, versions: ["a_b"] })).toMatchObject({
    missing: [],
  });
});

test("the outline brings schema and counts in one request", async () => {
  const schema = { nodeType: "JaggedArrayNode", depth: 2, title: "One", heTitle: "א", content_counts: [2, 0] };
  const path = "/api/v2/index/One?with_content_counts=1";
  answers.set(path, { json: { title: "One", heTitle: "א", categories: ["C"], schema }, status: 200 });
  asked.length = 0;
  expect(await source.outline("One")).toMatchObject({
    tree: { title: "One" },
    shapes: { One: [2, 0] },
    categories: ["C"],
  });
  expect(asked).toEqual([path]);
});

test("a service without counts is asked for the shape", async () => {
  const schema = { nodeType: "JaggedArrayNode", depth: 1, title: "Two", heTitle: "ב" };
  answers.set("/api/v2/index/Two?with_content_counts=1", {
    json: { title: "Two", categories: [], schema },
    status: 200,
  });
  answers.set("/api/shape/Two", { json: [{ title: "Two", chapters: 9 }], status: 200 });
  expect(await source.outline("Two")).toMatchObject({ shapes: { Two: 9 } });
});

test("an unknown book is not found, whichever way the service says it", async () => {
  answers.set("/api/v2/index/Nine?with_content_counts=1", { json: { error: "No book named Nine" }, status: 200 });
  for (const title of ["Nine", "Ten"]) {
    expect(await source.outline(title).catch((error: unknown) => error)).toMatchObject({
      code: "not-found",
      message: expect.stringContaining(`"${title}"`),
    });
  }
});

test("another error about a book is not taken for an unknown title", async () => {
  answers.set("/api/v2/index/Odd?with_content_counts=1", { json: { error: "Database is busy" }, status: 200 });
  expect(await source.outline("Odd").catch((error: unknown) => error)).toMatchObject({
    code: "error-in-200",
    message: "the service says: Database is busy",
  });
  for (const error of ["Could not find title in reference: Odd", "No index or category found to match Odd"]) {
    answers.set("/api/v2/index/Odd?with_content_counts=1", { json: { error }, status: 200 });
    expect(await source.outline("Odd").catch((thrown: unknown) => thrown)).toMatchObject({ code: "not-found" });
  }
});

test("contents and versions", async () => {
  answers.set("/api/index", { json: [{ category: "C", contents: [{ title: "One", heTitle: "א" }] }], status: 200 });
  expect(await source.contents()).toMatchObject([{ title: "One", categories: ["C"] }]);
  answers.set("/api/texts/versions/One", { json: [{ ...version("A", undefined), title: "One" }], status: 200 });
  expect(await source.versions("One")).toMatchObject([{ versionTitle: "A", other: { title: "One" } }]);
});

const RECORDED = join(import.meta.dir, "../../../../shared/recorded");
function file(name: string): Promise<unknown> {
  return Bun.file(join(RECORDED, name)).json() as Promise<unknown>;
}

test.skipIf(!existsSync(RECORDED))("recorded: the default-node trap and single places", async () => {
  const moharan: Leaf = { ...leaf, title: "Likutei Moharan", depth: 3, addressTypes: ["Integer"], isDefault: true };
  const trap = await file("v3-texts.likutei-moharan.book-level-default-node.json");
  const path = "/api/v3/texts/Likutei_Moharan?version=%7Call";
  expect(await ask(path, trap, { ...whole, leaf: moharan })).toMatchObject({ code: "empty-where-promised" });
  expect(await ask(path, trap, { ...whole, leaf: moharan, promised: false })).toMatchObject({
    versions: [{ text: [] }],
  });

  const numbers: Leaf = { ...leaf, addressTypes: ["Perek", "Pasuk"] };
  const esther: TextRequest = { ...whole, leaf: { ...numbers, title: "Esther" }, range: { from: [0, 0], to: [0, 0] } };
  const one = await ask("/api/v3/texts/Esther.1.1?version=%7Call", await file("v3-texts.esther-1-1.json"), esther);
  expect(one).toMatchObject({ versions: [{ meta: { license: "CC-BY-SA", priority: 2 }, raw: { count: 1 } }] });

  const genesis: TextRequest = {
    ...whole,
    leaf: { ...numbers, title: "Genesis" },
    range: { from: [0, 30], to: [1, 1] },
  };
  const span = await ask(
    "/api/v3/texts/Genesis.1.31-2.2?version=%7Call",
    await file("v3-texts.genesis-1-31-2-2.spanning.json"),
    genesis,
  );
  expect(span).toMatchObject({ versions: [{ text: [expect.any(Array), expect.any(Array)] }] });
});

test("what is related to a place is counted, and an answer without links is none", async () => {
  const segment = { from: [2, 0], to: [2, 0] };
  const link = { ref: "Other 1:1", anchorRef: "Book 2a:1" };
  answers.set("/api/related/Book.2a.1", { json: { links: [link, link], sheets: [] }, status: 200 });
  expect(await source.related(leaf, segment)).toBe(2);
  answers.set("/api/related/Book", { json: { sheets: [] }, status: 200 });
  const thrown = await source.related(leaf, null).then(
    () => null,
    (error: SoferError) => error.code,
  );
  expect(thrown).toBe("wire-shape");
});

test("a place's neighbours are the refs that the answer names", async () => {
  answers.set(WHOLE, { json: answer([version("A", [["a"]])], { next: "Book 2a", prev: null }), status: 200 });
  expect((await source.text(whole)).neighbours).toEqual(["Book 2a"]);
});
