import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import type { ExpandedLinks, LinkAccount } from "@sofer/store";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { jsonLines, runCli, spawnCli, tempDir } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(90_000);

const HEADER = "Citation 1,Citation 2,Conection Type,Text 1,Text 2,Category 1,Category 2";
const BOOKS = ["Scroll of Gates", "Eliav on Scroll of Gates"];
const folder = tempDir();
const library = folder.file("library.sqlite");
const lines = demoLibrary().links?.() ?? [];
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ library: { ...demoLibrary(), links: () => lines }, bucket: { linksPerFile: 500 } });
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

async function ingest(titles: readonly string[], links: string) {
  const where = ["--base-url", sandbox.url, "--bucket-url", sandbox.url, "--source", "service"];
  const own = ["--library", library, "--pace-file", folder.file("pace.sqlite"), "--rate", "0", "--max-workers", "1"];
  const { code, stdout, stderr } = await runCli([
    "ingest",
    ...where,
    ...own,
    "--json",
    "--links",
    links,
    "--titles",
    ...titles,
  ]);
  const account = jsonLines(stdout).findLast((line) => line["type"] === "links") as unknown as LinkAccount | undefined;
  return { code, account, stderr };
}

/** By the columns that the program does not read. */
function expectedOf(titles: readonly string[]) {
  const fields = lines.map((line) =>
    [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^",]*))/g)].map((match) => match[1] ?? match[2] ?? ""),
  );
  const wanted = fields.filter(([, , , one = "", two = ""]) => titles.includes(one) || titles.includes(two));
  const both = wanted.filter(([, , , one = "", two = ""]) => titles.includes(one) && titles.includes(two));
  // Some rows use a book's other name, which the demo's books all have: an article.
  const own = (ref: string) =>
    titles.some((title) => ref.startsWith(`The ${title} `)) ? ref.slice("The ".length) : ref;
  const pairOf = ([a = "", b = "", type = ""]: readonly string[]) =>
    JSON.stringify([[own(a), own(b)].toSorted(), type]);
  return { wanted: wanted.length, pairs: new Set(wanted.map(pairOf)), resolved: new Set(both.map(pairOf)).size };
}

async function dumped(): Promise<Set<string>> {
  const { stdout } = await runCli(["dump", "links", "--library", library]);
  return new Set(
    jsonLines(stdout).map((line) => JSON.stringify([(line["refs"] as string[]).toSorted(), line["type"]])),
  );
}

const linkObjects = () => sandbox.stats().objects.links;

test("links of the bucket: each row accounted for; downloaded again only when other books are wanted", async () => {
  const first = await ingest(BOOKS, "bucket");
  expect(first.code).toBe(0);
  const expected = expectedOf(BOOKS);
  expect(first.account).toMatchObject({
    isChecked: true,
    read: lines.length,
    invalid: 0,
    unwanted: lines.length - expected.wanted,
    stored: expected.pairs.size,
    duplicate: expected.wanted - expected.pairs.size,
    resolved: expected.resolved,
    dangling: expected.pairs.size - expected.resolved,
  });
  expect(await dumped()).toEqual(expected.pairs);
  const files = Math.ceil(lines.length / 500);
  expect(linkObjects()).toBe(files);

  const again = await ingest(BOOKS, "bucket");
  expect({ ...again.account }).toEqual({ ...first.account });
  expect(linkObjects()).toBe(files);

  const more = await ingest([...BOOKS, "Shearim"], "bucket");
  expect(linkObjects()).toBe(2 * files);
  const wider = expectedOf([...BOOKS, "Shearim"]);
  expect(more.account).toMatchObject({ stored: wider.pairs.size, resolved: wider.resolved });
  expect(await dumped()).toEqual(wider.pairs);
});

test("Ctrl-C while links come ends with 130; the books stay, and the same command again brings the links", async () => {
  const own = folder.file("stopped.sqlite");
  const where = ["--base-url", sandbox.url, "--bucket-url", sandbox.url, "--source", "service", "--library", own];
  const slowly = ["--pace-file", folder.file("slow.sqlite"), "--rate", "5", "--max-workers", "1"];
  const words = ["ingest", ...where, ...slowly, "--json", "--links", "bucket", "--titles", ...BOOKS];
  const child = spawnCli(words);
  const stderr = new Response(child.stderr).text();
  const decoder = new TextDecoder();
  let said = "";
  for await (const bytes of child.stdout) {
    const isBefore = !said.includes('"type":"receipt"');
    said += decoder.decode(bytes, { stream: true });
    // Nine requests at five a second are to come.
    if (isBefore && said.includes('"type":"receipt"')) child.kill("SIGINT");
  }
  expect({ code: await child.exited, stderr: await stderr }).toMatchObject({
    code: 130,
    stderr: expect.stringContaining("stopped while links came; what is stored is kept"),
  });
  expect(said).not.toContain('"type":"links"');
  expect(jsonLines(said).findLast((line) => line["type"] === "receipt")).toMatchObject({ outcome: "whole" });

  const again = await runCli(words);
  expect(again.code).toBe(0);
  const account = jsonLines(again.stdout).findLast((line) => line["type"] === "links");
  expect(account).toMatchObject({ isChecked: true, read: lines.length, stored: expectedOf(BOOKS).pairs.size });
});

test("a saved file cut short is refused by name, and nothing of it is stored; whole, it comes in", async () => {
  const before = await dumped();
  const packed = gzipSync(
    `${HEADER}\n${"Scroll of Gates 1:1,Nowhere 1,allusion,,,,\n".repeat(5000)}Nowhere 2,Shearim 2a,x,,,,\n`,
  );
  const path = folder.file("own.csv.gz");
  writeFileSync(path, packed.subarray(0, packed.length - 12));
  const cut = await ingest(BOOKS, path);
  expect(cut.code).not.toBe(0);
  expect(cut.stderr).toContain("own.csv.gz");
  expect(await dumped()).toEqual(before);
  writeFileSync(path, packed);
  const { code, account } = await ingest(BOOKS, path);
  expect(code).toBe(0);
  const own = account?.sources.find((source) => source.name === "own.csv");
  expect(own).toMatchObject({ read: 5001, met: 2, duplicate: 4999, invalid: 0, unwanted: 0 });
  expect((await dumped()).difference(before).size).toBe(2);
});

test("search --expand says the path taken, and which links dangle; status has the account", async () => {
  const { stdout } = await runCli(["dump", "segments", "--titles", "Scroll of Gates", "--library", library]);
  const text = String(jsonLines(stdout).find((line) => line["ref"] === "Scroll of Gates 1:1")?.["text"]);
  const words = text
    .replaceAll(/<[^>]*>/g, " ")
    .split(/\s+/)
    .slice(0, 6)
    .join(" ");
  const search = ["search", words, "--library", library, "--titles", "Scroll of Gates", "--max-results", "3"];
  const found = await runCli([...search, "--expand", "allusion", "--json"]);
  const hit = jsonLines(found.stdout).find((line) => line["ref"] === "Scroll of Gates 1:1");
  expect(hit?.["expanded"] as ExpandedLinks).toMatchObject({
    total: 1,
    links: [{ path: ["Scroll of Gates 1:1", "allusion", "Nowhere 1"], state: "unknown-book", texts: [] }],
  });
  const shown = await runCli([...search, "--expand", "allusion"]);
  expect(shown.stdout).toContain(
    "→ Scroll of Gates 1:1 → allusion → Nowhere 1  [dangling: its book is not in the library]",
  );
  const none = await runCli([...search, "--expand", "allusoin"]);
  expect(none.stderr).toContain('no link has the type "allusoin"');
  const status = await runCli(["status", "--library", library]);
  expect(status.stdout).toMatch(/links {5}[\d,]+ rows read = [\d,]+ stored \+ /);
});

test("the bucket and saved files together are wrong usage, not one of them in silence", async () => {
  const { code, stderr } = await runCli(["ingest", "--library", library, "--links", "bucket", "own.csv"]);
  expect(code).toBe(2);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain("--links takes bucket or saved files, not both");
});
