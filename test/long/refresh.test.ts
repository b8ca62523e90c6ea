import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { startSandbox, type Edit, type Sandbox } from "@sofer/sandbox";
import { openLibrary } from "@sofer/store";
import { BOOKS, CHANGES, depth2, EDITS, emptyLibrary, TOUCHED } from "../refresh-books.ts";
import { dangling, jsonLines, runCli, tempDir } from "../support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);

interface Receipt {
  readonly outcome: string;
  readonly source: string;
  readonly requests: number;
  readonly dropped: readonly string[];
  readonly changes: Readonly<Record<"added" | "changed" | "moved" | "removed" | "unchanged", number>>;
  readonly texts: { readonly stored: number };
  readonly failures: readonly { readonly title: string; readonly code: string; readonly hint: string }[];
}

const folder = tempDir();
let sandbox: Sandbox;

async function ingest(library: string, ...words: readonly string[]): Promise<{ code: number; receipt: Receipt }> {
  const where = ["--base-url", sandbox.url, "--bucket-url", sandbox.url, "--pace-file", folder.file("pace.sqlite")];
  const how = ["--max-workers", "1", "--json", "--library", library];
  const { code, stdout, stderr } = await runCli([
    "ingest",
    ...where,
    ...how,
    "--titles",
    "category:Tanakh",
    ...(words.includes("--source") ? [] : ["--source", "bucket"]),
    ...(words.includes("--versions") ? words : ["--versions", "all", ...words]),
  ]);
  const receipt = jsonLines<Receipt & { type: string }>(stdout).findLast((line) => line.type === "receipt");
  if (receipt === undefined) throw new Error(`no receipt: ${stderr}`);
  return { code, receipt };
}

/** What `dump` prints. */
function dump(path: string, kind: "segments" | "chunks"): string {
  const library = openLibrary(path);
  try {
    return [...(kind === "segments" ? library.segments() : library.chunks())]
      .map((line) => JSON.stringify(line))
      .join("\n");
  } finally {
    library.close();
  }
}

/** Objects that were downloaded since the counts were reset, in order of their names. */
function downloads(): string[] {
  return sandbox
    .requests()
    .flatMap((request) => (request.object === undefined ? [] : [request.object]))
    .toSorted();
}

/** The books as they were at first, always at the same address: to a library it is the same bucket. */
async function restart(port = 0): Promise<void> {
  sandbox = await startSandbox({ library: emptyLibrary(), port, logRequests: true });
  sandbox.edit(...BOOKS.map((book) => ({ kind: "add-book", book }) as const));
}

/** A library of the books as they were at first, made once. */
const first = folder.file("first.sqlite");
beforeAll(async () => {
  await restart();
  const { code, receipt } = await ingest(first);
  expect(code).toBe(0);
  expect(receipt.source).toBe("bucket");
  expect(receipt.changes).toEqual({ added: receipt.texts.stored, changed: 0, moved: 0, removed: 0, unchanged: 0 });
  await sandbox.stop();
});
beforeEach(() => restart(sandbox.port));
afterEach(() => sandbox.stop());
afterAll(() => folder.dispose());

function copyOfFirst(name: string): string {
  const library = folder.file(name);
  copyFileSync(first, library);
  return library;
}

describe("a refresh by the bucket", () => {
  test("of nothing new lists, downloads nothing and changes nothing; a new generation is nothing new", async () => {
    const library = copyOfFirst("unchanged.sqlite");
    const before = dump(library, "chunks");
    sandbox.edit({ kind: "touch" });
    sandbox.resetStats();
    const again = await ingest(library);
    expect(downloads()).toEqual([]);
    expect(again.receipt.changes).toEqual({
      added: 0,
      changed: 0,
      moved: 0,
      removed: 0,
      unchanged: again.receipt.texts.stored,
    });
    expect(dump(library, "chunks")).toBe(before);
  });

  test("brings what was edited, counts it by class, and leaves the library a new one would be", async () => {
    const library = copyOfFirst("edited.sqlite");
    const before = jsonLines(dump(library, "chunks"));
    sandbox.edit(...EDITS);
    sandbox.resetStats();
    const { code, receipt } = await ingest(library);
    expect(receipt.failures).toEqual([]);
    expect(code).toBe(0);
    expect(downloads()).toEqual(TOUCHED.toSorted());
    expect(receipt.changes).toEqual({ ...CHANGES, unchanged: receipt.texts.stored - 11 - 4 - 29 });
    const fresh = folder.file("fresh.sqlite");
    expect((await ingest(fresh)).code).toBe(0);
    for (const kind of ["segments", "chunks"] as const) expect(dump(library, kind)).toBe(dump(fresh, kind));
    const after = new Set(jsonLines(dump(library, "chunks")).map((line) => line["id"]));
    const isUntouched = ({ title, ref, versionTitle }: Record<string, unknown>) => {
      const section = /[ ](\d+[ab]?)(?=:|$)/.exec(String(ref))?.[1];
      if (versionTitle === "Second") return false;
      const touched: Record<string, readonly string[]> = {
        Verses: ["1", "5"],
        Comments: ["4"],
        Parts: ["1"],
        Dapim: ["2a", "3b"],
      };
      if (title === "Verses" && versionTitle !== "A") return true;
      return !(touched[String(title)] ?? []).includes(section ?? "");
    };
    const kept = before.filter(isUntouched).map((line) => line["id"]);
    expect(kept.length).toBeGreaterThan(50);
    expect(kept.filter((id) => !after.has(id))).toEqual([]);
    const verified = await runCli(["verify", "--library", library]);
    expect(dangling(library)).toEqual([]);
    expect(verified.stdout).toContain("whole");
    expect(verified.code).toBe(0);
    expect((await runCli(["search", "altered", "--library", library, "--json"])).stdout).toContain("daf 2a, altered");
  });

  test("that would take too much away leaves the book as it was, and says what allows it", async () => {
    const library = copyOfFirst("vanish.sqlite");
    const before = dump(library, "segments");
    for (let line = 0; line < 4; line++) {
      sandbox.edit({ kind: "delete", title: "Dapim", language: "he", versionTitle: "Vilna", path: [3, 0] });
    }
    const { code, receipt } = await ingest(library);
    expect(code).toBe(1);
    expect(receipt.failures).toMatchObject([{ title: "Dapim", code: "too-many-vanish" }]);
    expect(receipt.failures[0]?.hint).toContain("--max-delete 3%");
    expect(dump(library, "segments")).toBe(before);
    const allowed = await ingest(library, "--max-delete", "3%");
    expect(allowed.code).toBe(0);
    expect(allowed.receipt.changes).toMatchObject({ added: 0, changed: 0, moved: 11, removed: 4 });
  });

  test("names books that the source has dropped, and removes them only when that is allowed", async () => {
    const library = copyOfFirst("dropped.sqlite");
    sandbox.edit({ kind: "drop-book", title: "Dapim" });
    const kept = await ingest(library);
    expect([kept.code, kept.receipt.dropped]).toEqual([0, ["Dapim"]]);
    expect(dump(library, "segments")).toBe(dump(first, "segments"));
    const removed = await ingest(library, "--max-delete", "100%");
    expect(removed.receipt).toMatchObject({ dropped: ["Dapim"], changes: { removed: 150, changed: 0 } });
    expect(dump(library, "segments")).not.toContain("Dapim");
    expect((await ingest(library)).receipt.dropped).toEqual([]);
  });

  test("under best: another version wins by its file alone, and the loser goes", async () => {
    const library = folder.file("best.sqlite");
    const best = ["--versions", "best"];
    expect((await ingest(library, ...best)).code).toBe(0);
    const before = dump(library, "segments");
    sandbox.edit({
      kind: "add-version",
      title: "Verses",
      version: { language: "he", versionTitle: "C", license: "CC0", priority: 5, text: depth2("verses c", 10, 30) },
    });
    sandbox.resetStats();
    const won = await ingest(library, ...best);
    expect(downloads()).toEqual(["json/Tanakh/Verses/Hebrew/C.json"]);
    expect(won.receipt.changes).toMatchObject({ added: 300, removed: 300 });
    sandbox.edit({ kind: "drop-version", title: "Verses", language: "he", versionTitle: "C" });
    sandbox.resetStats();
    const back = await ingest(library, ...best);
    expect(downloads()).toEqual(["json/Tanakh/Verses/Hebrew/A.json"]);
    expect(back.receipt.changes).toMatchObject({ added: 300, removed: 300 });
    expect(dump(library, "segments")).toBe(before);
  });
});

describe("a refresh by the service", () => {
  const service = ["--source", "service", "--versions", "all", "--rate", "0"];

  test("is made only when it is asked for, and then brings everything again", async () => {
    const library = folder.file("service.sqlite");
    expect((await ingest(library, ...service)).code).toBe(0);
    sandbox.edit({
      kind: "change",
      title: "Dapim",
      language: "he",
      versionTitle: "Vilna",
      path: [2, 0],
      text: "another",
    });
    expect((await ingest(library, ...service)).receipt.changes).toMatchObject({ added: 0, changed: 0 });
    expect((await ingest(library, ...service, "--max-age", "1")).receipt.changes).toMatchObject({ changed: 0 });
    const { code, receipt } = await ingest(library, ...service, "--refresh", "service");
    expect(code).toBe(0);
    expect(receipt.changes).toEqual({
      added: 0,
      changed: 1,
      moved: 0,
      removed: 0,
      unchanged: receipt.texts.stored - 1,
    });
  });

  test("counts edits by class as the bucket's route does, and leaves the library a new one would be", async () => {
    const library = copyOfFirst("service-edited.sqlite");
    sandbox.edit(...EDITS);
    const { code, receipt } = await ingest(library, ...service, "--refresh", "service", "--max-delete", "20");
    expect(receipt.failures).toEqual([]);
    expect(code).toBe(0);
    expect(receipt.changes).toEqual({ ...CHANGES, unchanged: receipt.texts.stored - 11 - 4 - 29 });
    const fresh = folder.file("service-fresh.sqlite");
    expect((await ingest(fresh, ...service)).code).toBe(0);
    for (const kind of ["segments", "chunks"] as const) expect(dump(library, kind)).toBe(dump(fresh, kind));
  });

  test("leaves a book of which too much vanishes as it was, and makes up for it when that is allowed", async () => {
    const library = copyOfFirst("service-vanished.sqlite");
    const before = dump(library, "segments");
    const path = [5, 5];
    const loss: Edit = { kind: "delete", title: "Dapim", language: "he", versionTitle: "Vilna", path };
    sandbox.edit(...Array.from({ length: 6 }, () => loss));
    const refused = await ingest(library, ...service, "--refresh", "service");
    expect(refused.code).toBe(1);
    expect(refused.receipt.failures).toMatchObject([{ title: "Dapim", code: "too-many-vanish" }]);
    expect(dump(library, "segments")).toBe(before);
    // Without asking for a refresh: only the one that failed is made.
    sandbox.resetStats();
    const allowed = await ingest(library, ...service, "--max-delete", "10");
    expect(allowed.code).toBe(0);
    expect(allowed.receipt.failures).toEqual([]);
    expect(allowed.receipt.changes).toMatchObject({ removed: 6, changed: 0, added: 0 });
    expect(sandbox.requests().filter(({ endpoint }) => endpoint === "texts")).toHaveLength(1);
  });

  test("a text that fails leaves the old book whole, and the next run brings the new one", async () => {
    const library = copyOfFirst("service-failed.sqlite");
    const { port } = sandbox;
    await sandbox.stop();
    const faults = [{ kind: "error", endpoint: "texts", match: "Introduction", times: 1 }] as const;
    sandbox = await startSandbox({ library: emptyLibrary(), port, logRequests: true, faults });
    sandbox.edit(...BOOKS.map((book) => ({ kind: "add-book", book }) as const));
    const at = { title: "Parts", language: "he", versionTitle: "Whole" } as const;
    sandbox.edit({ kind: "change", ...at, path: [0, 0], text: "another beginning" });
    const before = dump(library, "segments");
    const failed = await ingest(library, ...service, "--refresh", "service");
    expect(failed.code).toBe(1);
    expect(failed.receipt.failures.map(({ title, code }) => `${title}: ${code}`)).toEqual([
      "Parts: error-in-200",
      "Parts: error-in-200",
    ]);
    expect(dump(library, "segments")).toBe(before);
    const next = await ingest(library, ...service);
    expect(next.code).toBe(0);
    expect(next.receipt.changes).toMatchObject({ changed: 1, added: 0, removed: 0 });
    expect(dump(library, "segments")).toContain("another beginning");
  });
});
