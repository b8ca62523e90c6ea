import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { generateLibrary, startSandbox, type FaultRule, type Sandbox } from "@sofer/sandbox";
import { openLibrary } from "@sofer/store";
import { heldRows, heldSegments, jsonLines, runCli, tempDir, verified } from "../support.ts";
import { EVERYTHING, note } from "./support.ts";

/** Books enough that all of them are listed together, page after page. */
const BOOKS = 34;
/** So many attempts that a fault of every third answer never has the last word. */
const PATIENT = ["--max-retries", "15"];
const HASTY = ["--max-retries", "1"];

const library = () => generateLibrary({ seed: "spoiled", books: BOOKS, scale: 0.05, oddNames: true });
const folder = tempDir();
let wanted: { readonly rows: string; readonly segments: number };
let sandbox: Sandbox;
let files = 0;

async function serve(faults: readonly FaultRule[], port = 0): Promise<Sandbox> {
  sandbox = await startSandbox({ library: library(), faults, port, logRequests: true });
  return sandbox;
}

interface Failure {
  readonly title: string;
  readonly code: string;
  readonly message: string;
}

async function ingest(path: string, ...more: readonly string[]) {
  const where = ["--base-url", sandbox.url, "--bucket-url", sandbox.url, "--pace-file", folder.file("pace.sqlite")];
  const how = ["--rate", "0", "--max-workers", "2", "--initial-backoff", "0.01", "--quiet", "--json"];
  const what = ["--source", "bucket", "--versions", "all", "--links", "bucket", "--titles", ...EVERYTHING];
  const { code, stdout, stderr } = await runCli(["ingest", ...where, "--library", path, ...how, ...more, ...what]);
  const lines = jsonLines(stdout);
  const receipt = lines.find((line) => line["type"] === "receipt");
  const failures = (receipt?.["failures"] ?? []) as readonly Failure[];
  return { code, stderr, failures, outcome: receipt?.["outcome"] };
}

/** All that a library holds: segments, chunks with what links to them, links. */
function rowsOf(path: string): string {
  const held = openLibrary(path);
  try {
    return [heldRows(path), ...[...held.links()].map((link) => JSON.stringify(link))].join("\n");
  } finally {
    held.close();
  }
}

const newLibrary = () => folder.file(`${++files}.sqlite`);

beforeAll(async () => {
  await serve([]);
  const path = newLibrary();
  const { code, stderr } = await ingest(path);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  wanted = { rows: rowsOf(path), segments: heldSegments(path).length };
  await sandbox.stop();
});
afterEach(() => sandbox.stop());
afterAll(() => folder.dispose());

describe("what passes is survived: the library is the undisturbed one", () => {
  const objects = { endpoint: "objects", percent: 30 } as const;
  test.each<readonly [string, readonly FaultRule[]]>([
    ["downloads cut before anything came", [{ kind: "cut", ...objects, atByte: 0 }]],
    ["downloads cut after the first byte", [{ kind: "cut", ...objects, atByte: 1 }]],
    ["downloads cut in the middle", [{ kind: "cut", ...objects }]],
    ["downloads cut after the last byte", [{ kind: "cut", ...objects, atByte: 1_000_000_000 }]],
    ["a wrong first byte", [{ kind: "flip", ...objects, atByte: 0 }]],
    ["an end that is missing, unnoticed by the wire", [{ kind: "truncate", ...objects }]],
    ["bodies of nothing", [{ kind: "truncate", ...objects, atByte: 0 }]],
    ["pages of the listing that fail", [{ kind: "status", endpoint: "listing", percent: 40, status: 503 }]],
    [
      "pages of the listing cut short, broken off, in HTML",
      [
        { kind: "truncate", endpoint: "listing", percent: 30, seed: "a" },
        { kind: "cut", endpoint: "listing", percent: 30, seed: "b" },
        { kind: "html", endpoint: "listing", percent: 30, seed: "c" },
      ],
    ],
    ["HTML with status 200 in place of objects", [{ kind: "html", ...objects }]],
    ["errors of the storage service", [{ kind: "status", ...objects, status: 500 }]],
    ["a pause that the storage service asks for", [{ kind: "throttle", endpoint: "objects", times: 2 }]],
    // At most three times anew, and every book at most so often by chance: these are few enough.
    ["objects replaced since they were listed", [{ kind: "replaced", endpoint: "objects", match: "json/", times: 3 }]],
    [
      "all of it together",
      [
        { kind: "cut", endpoint: "objects", percent: 10, seed: "a" },
        { kind: "flip", endpoint: "objects", percent: 10, seed: "b" },
        { kind: "truncate", endpoint: "objects", percent: 10, seed: "c" },
        { kind: "status", endpoint: "listing", percent: 20, seed: "d" },
        { kind: "replaced", endpoint: "objects", match: "json/", times: 2 },
      ],
    ],
  ])("%s", async (what, faults) => {
    await serve(faults);
    const path = newLibrary();
    const { code, failures, outcome } = await ingest(path, ...PATIENT);
    const { total, faults: met, ranges } = sandbox.stats();
    note(`${what}: ${met} of ${total} answers, ${ranges} continued`);
    expect(met).toBeGreaterThan(0);
    expect(failures).toEqual([]);
    expect([code, outcome]).toEqual([0, "whole"]);
    expect(rowsOf(path) === wanted.rows).toBe(true);
  });
});

describe("what stays is named, nothing wrong is stored, and a later run is whole", () => {
  const object = "json/Mishnah/";
  test.each<readonly [string, FaultRule, readonly string[]]>([
    ["a checksum that is never right", { kind: "flip", match: object }, ["checksum"]],
    ["a torn end, every time", { kind: "truncate", match: object }, ["body-cut"]],
    ["a line that breaks every time", { kind: "cut", match: object, atByte: 3 }, ["body-cut"]],
    ["HTML every time", { kind: "html", match: object }, ["not-json"]],
    ["an object that cannot be read", { kind: "status", match: object, status: 500 }, ["server-error"]],
    ["an object that is listed and not there", { kind: "status", match: object, status: 404 }, ["replaced"]],
    ["an object that is another one each time", { kind: "replaced", match: object }, ["replaced"]],
    ["a schema with a wrong byte", { kind: "flip", match: "schemas/Mishnah" }, ["checksum"]],
  ])("%s", async (what, fault, codes) => {
    const { port } = await serve([{ endpoint: "objects", ...fault }]);
    const path = newLibrary();
    const { code, failures, outcome } = await ingest(path, ...HASTY);
    note(`${what}: ${failures.map(({ title, code: why }) => `${title} ${why}`).join(", ")}`);
    expect([code, outcome]).toEqual([1, "failures"]);
    const failed = new Set(failures.map(({ title }) => title));
    expect([...failed].toSorted()).toEqual(mishnahBooks());
    for (const failure of failures) expect(codes).toContain(failure.code);
    for (const { message } of failures) expect(message).not.toBe("");
    // Every other book whole, and of those that failed not a row.
    const others = heldSegments(path);
    expect(others.filter(({ title }) => failed.has(title))).toEqual([]);
    expect(others.length).toBeGreaterThan(wanted.segments / 2);
    const { lines } = await verified(path);
    expect(lines.filter(({ title }) => !failed.has(title))).toEqual([]);

    await sandbox.stop();
    await serve([], port);
    const again = await ingest(path, ...HASTY);
    expect([again.code, again.failures]).toEqual([0, []]);
    expect(rowsOf(path) === wanted.rows).toBe(true);
    // What was whole is not downloaded again; links are, for the books that are here now.
    const asked = sandbox.requests().flatMap((request) => request.object ?? []);
    expect(asked.filter((name) => !name.includes("Mishnah") && !name.startsWith("links/"))).toEqual([]);
  });

  test("a listing that never comes: the run ends by name and stores nothing", async () => {
    const { port } = await serve([{ kind: "status", endpoint: "listing", match: "json", status: 500 }]);
    const path = newLibrary();
    const { code, stderr } = await ingest(path, ...HASTY);
    expect(code).not.toBe(0);
    expect(stderr).toContain("500");
    expect(heldSegments(path)).toEqual([]);
    await sandbox.stop();
    await serve([], port);
    expect((await ingest(path)).code).toBe(0);
    expect(rowsOf(path) === wanted.rows).toBe(true);
  });
});

describe("links", () => {
  test.each<readonly [string, FaultRule, number]>([
    ["cut in the middle", { kind: "cut", times: 1 }, 0],
    ["a wrong byte in the header", { kind: "flip", atByte: 0, times: 1 }, 0],
    ["a wrong byte in a row", { kind: "flip", times: 1 }, 0],
    ["replaced while they are read", { kind: "replaced", times: 2 }, 0],
    ["a wrong byte in a row, every time", { kind: "flip" }, 3],
    ["a torn end, every time", { kind: "truncate" }, 3],
  ])("%s", async (_, fault, exitCode) => {
    const { port } = await serve([{ endpoint: "objects", match: "/links/links0.csv", ...fault }]);
    const path = newLibrary();
    const { code, stderr, outcome } = await ingest(path, ...HASTY);
    // The books are not the links' concern.
    expect([code, outcome]).toEqual([exitCode, "whole"]);
    expect(heldSegments(path)).toHaveLength(wanted.segments);
    if (exitCode === 0) {
      expect(rowsOf(path) === wanted.rows).toBe(true);
      return;
    }
    expect(stderr).toContain("links/links0.csv");
    const held = openLibrary(path);
    expect([...held.links()]).toEqual([]);
    held.close();
    await sandbox.stop();
    await serve([], port);
    expect((await ingest(path)).code).toBe(0);
    expect(rowsOf(path) === wanted.rows).toBe(true);
  });
});

test("texts that change between listing and download: the library has the new ones, as a fresh one would", async () => {
  await serve([]);
  const places = ["Scroll of Gates", "Mishnah Shearim", "Gathered Teachings"].map((title) => {
    const book = sandbox.library().books.find((one) => one.title === title);
    if (book === undefined) throw new Error(`no ${title}`);
    const folderOf = ["json", ...book.categories, title].join("/");
    return { title, object: `${folderOf}/Hebrew/Sandbox Hebrew Edition.json` };
  });
  for (const { title, object } of places) {
    const place = { title, language: "he", versionTitle: "Sandbox Hebrew Edition", path: [0, 0] } as const;
    const node = title === "Gathered Teachings" ? { node: title } : {};
    sandbox.edit({
      kind: "replace-after-listing",
      object,
      edit: { kind: "change", ...place, ...node, text: `now ${title}` },
    });
  }
  const path = newLibrary();
  const { code, failures } = await ingest(path);
  expect([code, failures]).toEqual([0, []]);
  const texts = heldSegments(path).map(({ text }) => text);
  for (const { title } of places) expect(texts).toContain(`now ${title}`);
  const fresh = newLibrary();
  expect((await ingest(fresh)).code).toBe(0);
  expect(rowsOf(path) === rowsOf(fresh)).toBe(true);
});

/** Of the generated library, those that the spoiled names belong to. */
function mishnahBooks(): string[] {
  return library()
    .books.filter(({ categories, isVirtual }) => categories[0] === "Mishnah" && !isVirtual)
    .map(({ title }) => title)
    .toSorted();
}
