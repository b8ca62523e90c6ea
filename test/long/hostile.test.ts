import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox } from "@sofer/sandbox";
import { allVersions, difference } from "../expected.ts";
import { hostileService, json, type Change } from "../hostile-service.ts";
import { heldSegments, jsonLines, runCli, tempDir } from "../support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(240_000);
const folder = tempDir();
afterAll(() => folder.dispose());

const BAD = "Poem of the Scribe";
const GOOD = ["Sayings of the Well", "Book of Measures"];
const inPath = (title: string) => title.replaceAll(" ", "_");
const escape = "\u001b]0;pwned\u0007";

function expectHeld(library: string, titles: readonly string[]): void {
  const books = demoLibrary().books.filter((book) => titles.includes(book.title));
  const held = heldSegments(library).filter(({ title }) => titles.includes(title));
  expect(difference(allVersions(books), held)).toEqual({ missing: [], surplus: [] });
}

async function hostile(change: Change) {
  const sandbox = await startSandbox({ library: demoLibrary() });
  const service = hostileService(sandbox, change);
  return {
    url: service.url,
    sandbox: sandbox.url,
    asked: service.asked,
    async [Symbol.asyncDispose]() {
      await service.stop();
      await sandbox.stop();
    },
  };
}

let count = 0;
const words = (url: string, library = folder.file(`${++count}.sqlite`)) => {
  const where = [
    "--base-url",
    url,
    "--bucket-url",
    url,
    "--library",
    library,
    "--pace-file",
    folder.file("pace.sqlite"),
  ];
  return [...where, "--rate", "0", "--max-workers", "1", "--initial-backoff", "0.01", "--max-retries", "1"];
};

interface Receipt {
  readonly outcome: string;
  readonly failures: readonly { readonly title: string; readonly code: string }[];
}

const ofTerminal = (text: string) => text.replaceAll("\n", "");

test("texts and titles with escapes, NUL, markup and direction marks: stored as they are, shown harmless", async () => {
  const odd = `${escape}<script>alert(1)</script> wellword \u0000 \u202e'; DROP TABLE segment; --`;
  const title = `Edition ${escape}\n<b>`;
  await using at = await hostile((path, body) => {
    if (!path.includes(`/v3/texts/${inPath(GOOD[0] ?? "")}`)) return null;
    const answer = JSON.parse(body.toString()) as { versions: { text: unknown[]; versionTitle: string }[] };
    const [first] = answer.versions;
    if (first !== undefined) Object.assign(first, { versionTitle: title, text: [[odd]] });
    return json(JSON.stringify({ ...answer, versions: [first] }));
  });
  const library = folder.file("odd.sqlite");
  const ingest = ["--source", "service", "--versions", "all", "--titles", GOOD[0] ?? ""];
  await runCli(["ingest", ...words(at.url, library), ...ingest]);
  expect(heldSegments(library).map(({ text, versionTitle }) => [text, versionTitle])).toEqual([[odd, title]]);
  for (const more of [
    ["search", "wellword"],
    ["attribution"],
    ["status"],
    ["verify"],
    ["dump", "segments"],
    ["hash"],
  ]) {
    const [verb = "", ...rest] = more;
    const end = await runCli([verb, ...rest, "--library", library]);
    expect(ofTerminal(end.stdout + end.stderr)).not.toMatch(/\p{Cc}/u);
    if (verb === "attribution") expect(end.stdout).not.toMatch(/(?<!\\)<b>/);
    if (verb === "search") expect(end.stdout).toContain("\\u001b]0;pwned");
  }
});

describe("the export bucket", () => {
  const isOfBad = (path: string, folderOf: string) =>
    path.includes(`/o?prefix=${folderOf}/`) && /Poem.of.the.Scribe/.test(path);
  const edited = (body: Buffer, more: object) => {
    const page = JSON.parse(body.toString()) as { items?: object[] };
    return json(JSON.stringify({ ...page, items: page.items?.map((item) => ({ ...item, ...more })) }));
  };
  const renamed = (body: Buffer) => {
    const text = body[0] === 0x1f ? Buffer.from(Bun.gunzipSync(new Uint8Array(body))) : body;
    return Buffer.from(text.toString().replaceAll(BAD, "Poem of the Scribd"));
  };
  let schemaBytes = 0;

  test.each([
    [
      "a listing that turns in a circle",
      "wire-shape",
      (path, body) => {
        if (!isOfBad(path, "json")) return null;
        const page = path.includes("pageToken") ? {} : (JSON.parse(body.toString()) as object);
        return json(JSON.stringify({ ...page, nextPageToken: "again" }));
      },
    ],
    [
      "objects whose size is a lie",
      "body-cut",
      (path, body) => (isOfBad(path, "json") ? edited(body, { size: "99999999" }) : null),
    ],
    [
      "sizes of petabytes",
      "too-large",
      (path, body) => (isOfBad(path, "json") ? edited(body, { size: "9".repeat(16) }) : null),
    ],
    [
      "names that lead to another place",
      "wire-shape",
      (path, body) =>
        isOfBad(path, "json") ? edited(body, { name: `json/Liturgy/${BAD}/../${BAD}/Hebrew/Edition.json` }) : null,
    ],
    [
      "a schema of another book",
      "wrong-ref",
      (path, body) => {
        const isSchema = path.includes(`/schemas/${inPath(BAD)}.json`);
        if (isSchema && !path.includes("/o?")) return new Response(new Uint8Array(renamed(body)));
        const sums = { md5Hash: undefined, crc32c: undefined };
        return path.includes("/o?prefix=schemas/Poem") ? edited(body, { ...sums, size: String(schemaBytes) }) : null;
      },
    ],
  ] as [string, string, Change][])("%s: that book fails by name, the others are whole", async (_what, code, change) => {
    await using at = await hostile(change);
    const asIs = await fetch(`${at.sandbox}/sefaria-export/schemas/${inPath(BAD)}.json`, { decompress: false });
    schemaBytes = renamed(Buffer.from(await asIs.arrayBuffer())).byteLength;
    const library = folder.file(`${++count}.sqlite`);
    const titles = [BAD, ...GOOD];
    const how = ["--source", "bucket", "--versions", "all", "--json"];
    const end = await runCli(["ingest", ...words(at.url, library), ...how, "--titles", ...titles]);
    expect(end.code).toBe(1);
    const failures = jsonLines<Receipt>(end.stdout).at(-1)?.failures ?? [];
    expect(failures.map((failure) => [failure.title, failure.code])).toEqual([[BAD, code]]);
    expectHeld(library, GOOD);
  });
});
