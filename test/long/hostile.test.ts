import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expectHeld, hastyWords, hostile, json, type Change } from "../hostile-service.ts";
import { heldSegments, jsonLines, runCli, spawnCli, tempDir } from "../support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(240_000);
const folder = tempDir();
afterAll(() => folder.dispose());

const BAD = "Poem of the Scribe";
const GOOD = ["Sayings of the Well", "Book of Measures"];
const inPath = (title: string) => title.replaceAll(" ", "_");
const escape = "\u001b]0;pwned\u0007";

let count = 0;
const words = (url: string, library = folder.file(`${++count}.sqlite`)) => hastyWords(folder, url, library);

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

/** Most that any process of a run held, bytes; read from the kernel while it runs. */
async function mostHeld(run: ReturnType<typeof spawnCli>): Promise<{ most: number; stdout: string; code: number }> {
  const pids = new Set([run.pid]);
  let most = 0;
  const look = () => {
    for (const pid of pids) {
      const file = `/proc/${pid}/status`;
      // A process that has left is not looked at again.
      if (!existsSync(file)) continue;
      const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(file, "utf8"))?.[1] ?? "0";
      most = Math.max(most, Number(kilobytes) * 1024);
    }
  };
  const timer = setInterval(look, 20);
  const decoder = new TextDecoder();
  let stdout = "";
  for await (const part of run.stdout) {
    stdout += decoder.decode(part, { stream: true });
    for (const [, pid] of stdout.matchAll(/"worker-started","worker":\d+,"pid":(\d+)/g)) pids.add(Number(pid));
    look();
  }
  clearInterval(timer);
  return { most, stdout, code: await run.exited };
}

describe.skipIf(process.platform !== "linux")("answers of hundreds of megabytes", () => {
  const MB = 1_000_000;
  const isText = (path: string) => path.includes(`/v3/texts/${inPath(BAD)}`);
  const one = (text: string) =>
    `{"versions":[{"versionTitle":"V","language":"he","text":[${text}]}],"ref":"${BAD}","sections":[],"toSections":[]}`;
  const packed = new Uint8Array(gzipSync(Buffer.alloc(1_000 * MB, " "), { level: 1 }));

  test.each([
    ["one text of 200 MB", () => json(one(`"${"x".repeat(200 * MB)}"`))],
    ["ten million empty texts", () => json(one(`${'"",'.repeat(10 * MB)}"a"`))],
    [
      "a gigabyte of nothing, compressed",
      () => new Response(packed, { headers: { "content-encoding": "gzip", "content-type": "application/json" } }),
    ],
  ] as const)("%s: that book fails by name, memory stays small, the others are whole", async (_what, answer) => {
    await using at = await hostile((path) => (isText(path) ? answer() : null));
    const library = folder.file(`${++count}.sqlite`);
    const how = ["--source", "service", "--versions", "all", "--json", "--max-response-mb", "32"];
    const { most, stdout, code } = await mostHeld(
      spawnCli(["ingest", ...words(at.url, library), ...how, "--titles", BAD, ...GOOD]),
    );
    expect(code).toBe(1);
    const failures = jsonLines<Receipt>(stdout).at(-1)?.failures ?? [];
    expect(new Set(failures.map((failure) => failure.title))).toEqual(new Set([BAD]));
    expectHeld(library, GOOD);
    // An ordinary run's coordinator holds some 250 MB; a worker may hold an answer and what is made of it.
    expect(most).toBeLessThan(1_500 * MB);
  });

  test("thousands of versions, and a schema of a hundred thousand parts, are work like any other", async () => {
    await using at = await hostile((path, body) => {
      if (isText(path)) {
        const answer = JSON.parse(body.toString()) as { versions: object[] };
        const [first] = answer.versions;
        const versions = Array.from({ length: 2_000 }, (_, at) => ({ ...first, versionTitle: `Edition ${at}` }));
        return json(JSON.stringify({ ...answer, versions }));
      }
      if (!path.includes(`/index/${inPath(GOOD[1] ?? "")}`)) return null;
      const nodes = Array.from({ length: 100_000 }, (_, at) => ({
        title: `Part ${at}`,
        depth: 1,
        addressTypes: ["Integer"],
        content_counts: 0,
      }));
      return json(JSON.stringify({ ...(JSON.parse(body.toString()) as object), schema: { title: GOOD[1], nodes } }));
    });
    const library = folder.file(`${++count}.sqlite`);
    const how = ["--source", "service", "--versions", "all", "--titles", BAD, ...GOOD];
    const end = await runCli(["ingest", ...words(at.url, library), ...how]);
    expect([end.code, end.stderr.includes("sofer: ")]).toEqual([0, false]);
    expect(
      new Set(heldSegments(library).flatMap(({ title, versionTitle }) => (title === BAD ? [versionTitle] : []))).size,
    ).toBe(2_000);
    expectHeld(library, GOOD.slice(0, 1));
  });
});
