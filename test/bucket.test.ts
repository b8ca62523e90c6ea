import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type FaultRule, type Sandbox } from "@sofer/sandbox";
import { openLibrary } from "@sofer/store";
import { BOOKS, emptyLibrary } from "./refresh-books.ts";
import { jsonLines, runCli, tempDir } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);

interface Receipt {
  readonly type: string;
  readonly outcome: string;
  readonly source: string;
  readonly requests: number;
  readonly changes: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly title: string; readonly code: string }[];
}

const folder = tempDir();
let sandbox: Sandbox | undefined;
afterEach(() => sandbox?.stop());
afterAll(() => folder.dispose());

async function serveBooks(faults: readonly FaultRule[] = []): Promise<Sandbox> {
  sandbox = await startSandbox({ library: emptyLibrary(), logRequests: true, faults });
  sandbox.edit(...BOOKS.map((book) => ({ kind: "add-book", book }) as const));
  return sandbox;
}

async function ingest({ url }: Sandbox, library: string, ...words: readonly string[]) {
  const bucket = words.includes("--bucket-url") ? [] : ["--bucket-url", url];
  const where = ["--base-url", url, ...bucket, "--pace-file", folder.file("pace.sqlite")];
  const how = ["--rate", "0", "--max-workers", "1", "--max-retries", "2", "--initial-backoff", "0.01"];
  const all = ["ingest", ...where, ...how, "--json", "--library", library, ...words];
  const { code, stdout, stderr } = await runCli(
    words.includes("--titles") ? all : [...all, "--titles", "category:Tanakh"],
  );
  const lines = jsonLines(stdout);
  const receipt = lines.findLast((line) => line["type"] === "receipt") as Receipt | undefined;
  if (receipt === undefined) throw new Error(`no receipt: ${stderr}`);
  return { code, receipt, events: lines };
}

function segments(path: string): string[] {
  const library = openLibrary(path);
  try {
    return [...library.segments()].map((line) => JSON.stringify(line));
  } finally {
    library.close();
  }
}

const versionsOf = (lines: readonly string[]) =>
  new Set(jsonLines(lines.join("\n")).map((line) => `${String(line["title"])}|${String(line["versionTitle"])}`));

describe("both routes", () => {
  // More books than the service is asked for by itself, of every structure.
  const whole = demoLibrary();
  const books = { ...whole, books: whole.books.filter((book, index) => index % 2 === 0 && !book.isVirtual) };
  const titles = ["--titles", ...books.books.map((book) => book.title)];

  test.each([
    ["all", ["all"]],
    ["best", ["best"]],
    ["named", ["he|Old Print", "en|Traduction du bac [fr]", "he|Pointed Text"]],
  ])("give the same rows under --versions %s", async (name, versions) => {
    sandbox = await startSandbox({ library: books });
    const [service, bucket] = [folder.file(`${name}-service.sqlite`), folder.file(`${name}-bucket.sqlite`)];
    const policy = ["--versions", ...versions];
    expect((await ingest(sandbox, service, "--source", "service", ...policy, ...titles)).code).toBe(0);
    const { code, receipt } = await ingest(sandbox, bucket, ...policy, ...titles);
    expect(code).toBe(0);
    expect(receipt.source).toBe("bucket");
    const rows = segments(service);
    expect(rows.length).toBeGreaterThan(500);
    expect(segments(bucket)).toEqual(rows);
  });
});

describe("what happens to objects and listings", () => {
  const source = ["--source", "bucket", "--versions", "all"];
  const A = "json/Tanakh/Verses/Hebrew/A.json";

  test("replaced between listing and download: listed again, and the new one is stored", async () => {
    const served = await serveBooks();
    const place = { title: "Verses", language: "he", versionTitle: "A", path: [0, 0] } as const;
    served.edit({ kind: "replace-after-listing", object: A, edit: { kind: "change", ...place, text: "as it is now" } });
    const library = folder.file("replaced.sqlite");
    const { code, events } = await ingest(served, library, ...source);
    expect(code).toBe(0);
    expect(events.filter((event) => event["type"] === "book-relisted")).toMatchObject([
      { title: "Verses", attempt: 1 },
    ]);
    expect(segments(library).filter((line) => line.includes("as it is now"))).toHaveLength(1);
  });

  test("replaced again and again, or never right: the book fails by name, and a later run brings it", async () => {
    const served = await serveBooks([
      { kind: "replaced", match: "/sefaria-export/json/Tanakh/Comments/", times: 4 },
      { kind: "flip", match: "/sefaria-export/json/Tanakh/Dapim/Hebrew/Vilna.json", times: 3 },
    ]);
    const library = folder.file("failed.sqlite");
    const { code, receipt } = await ingest(served, library, ...source);
    expect(code).toBe(1);
    expect(receipt.failures.map(({ title, code: why }) => [title, why])).toEqual([
      ["Comments", "replaced"],
      ["Dapim", "checksum"],
    ]);
    expect([...versionsOf(segments(library))].toSorted()).toEqual(
      ["Parts|Second", "Parts|Whole", "Verses|A", "Verses|B", "Verses|E"].toSorted(),
    );
    served.resetStats();
    const again = await ingest(served, library, ...source);
    expect([again.code, again.receipt.failures]).toEqual([0, []]);
    // Of the books that were whole, nothing is downloaded again.
    expect(served.requests().filter(({ object }) => object?.includes("Verses") === true)).toEqual([]);
  });

  test("a listing page that fails is asked again", async () => {
    const served = await serveBooks([{ kind: "status", endpoint: "listing", match: "json%2F", times: 1 }]);
    const library = folder.file("listing.sqlite");
    expect((await ingest(served, library, ...source)).code).toBe(0);
  });

  test("a bucket that gives no answer: auto takes the service, as long as that is polite", async () => {
    const served = await serveBooks();
    const words = ["--versions", "all", "--bucket-url", "http://127.0.0.1:9"];
    const { code, receipt, events } = await ingest(served, folder.file("lost.sqlite"), ...words);
    expect([code, receipt.source]).toEqual([0, "service"]);
    expect(events.some((event) => event["type"] === "bucket-unreachable")).toBe(true);
  });

  test("listing refused: the published index says what there is", async () => {
    const served = await serveBooks([{ kind: "status", endpoint: "listing", status: 403 }]);
    const library = folder.file("refused.sqlite");
    const { code, events } = await ingest(served, library, ...source);
    expect(code).toBe(0);
    expect(events.some((event) => event["type"] === "listing-refused")).toBe(true);
    expect(versionsOf(segments(library)).size).toBe(7);
    // Nobody can tell then what has changed: all of it is read again, and found to be the same.
    const again = await ingest(served, library, ...source);
    expect([again.code, again.receipt.changes]).toMatchObject([0, { added: 0, changed: 0, moved: 0, removed: 0 }]);
  });
});
