import { Database } from "bun:sqlite";
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SELF_SIGNED } from "@sofer/core/testing";
import { expectHeld, hastyWords, hostile, json, type Change } from "./hostile-service.ts";
import { jsonLines, runCli, tempDir } from "./support.ts";

/** On a busy machine each start of the program takes seconds. */
setDefaultTimeout(120_000);
const folder = tempDir();
afterAll(() => folder.dispose());

const GOOD = ["Sayings of the Well", "Book of Measures"];
const inPath = (title: string) => title.replaceAll(" ", "_");
const escape = "\u001b]0;pwned\u0007";

/** What becomes of a book's record, or of its text, as JSON text. */
interface Trick {
  readonly title: string;
  readonly of: "record" | "text";
  readonly code: string;
  readonly change: (body: string) => string;
}

const inSchema = (more: object) => (body: string) => {
  const record = JSON.parse(body) as { schema: object };
  return JSON.stringify({ ...record, schema: { ...record.schema, ...more } });
};
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

const tricks: readonly Trick[] = [
  {
    title: "Scroll of Lamps",
    of: "record",
    code: "wire-shape",
    change: (body) => body.replace("{", `{"x":${nested(100_000)},`),
  },
  {
    title: "Poem of the Scribe",
    of: "text",
    code: "wire-shape",
    change: (body) => body.replace("{", `{"x":${nested(100_000)},`),
  },
  {
    title: "Mishnah Neharot",
    of: "text",
    code: "wire-shape",
    change: (body) => body.replace(/"text":(\[+)"/, '"text":$1"\\ud800'),
  },
  { title: "Scroll of Rivers", of: "record", code: "wire-shape", change: inSchema({ content_counts: [1e9, 1e9] }) },
  {
    title: "Midrash of the Road",
    of: "record",
    code: "wire-shape",
    change: inSchema({ index_offsets_by_depth: { "1": -9 } }),
  },
  {
    title: "Four Doors",
    of: "record",
    code: "wrong-ref",
    change: (body) => JSON.stringify({ ...(JSON.parse(body) as object), title: GOOD[0] }),
  },
  {
    title: "Long Ruling",
    of: "text",
    code: "not-conserved",
    change: (body) => body.replace('"text":', '"text":["twice"],"text":'),
  },
  {
    title: "Deep Essays",
    of: "record",
    code: "error-in-200",
    change: () => JSON.stringify({ error: `${escape}\nsofer: done and whole` }),
  },
  { title: "Letters from Abroad", of: "text", code: "wire-shape", change: () => "[]" },
];

const trickery: Change = (path, body) => {
  for (const { title, of, change } of tricks) {
    const isMeant = path.includes(of === "record" ? `/index/${inPath(title)}` : `/v3/texts/${inPath(title)}`);
    if (isMeant) return json(change(body.toString()));
  }
  return null;
};

let count = 0;
const words = (url: string, library = folder.file(`${++count}.sqlite`)) => hastyWords(folder, url, library);

const ofTerminal = (text: string) => text.replaceAll("\n", "");

test("answers of every bad kind, each for one book: each fails by its name, the others are whole", async () => {
  await using at = await hostile(trickery);
  const library = folder.file("tricks.sqlite");
  const titles = [...tricks.map(({ title }) => title), ...GOOD];
  const end = await runCli([
    "ingest",
    ...words(at.url, library),
    "--source",
    "service",
    "--versions",
    "all",
    "--titles",
    ...titles,
  ]);
  expect(end.code).toBe(1);
  // Nothing that a terminal would obey, and no line that only looks like one of ours.
  expect(ofTerminal(end.stdout + end.stderr)).not.toMatch(/\p{Cc}/u);
  expect(end.stdout + end.stderr).not.toMatch(/^sofer: done and whole/m);
  expect(end.stdout).toContain("\\u001b]0;pwned");
  const status = await runCli(["status", "--library", library, "--failures", "--json"]);
  const failed = jsonLines<{ title: string; code: string }>(status.stdout).map(({ title, code }) => [title, code]);
  expect(failed).toHaveLength(tricks.length);
  expect(Object.fromEntries(failed)).toEqual(Object.fromEntries(tricks.map(({ title, code }) => [title, code])));
  expectHeld(library, GOOD);
  const verify = await runCli(["verify", "--library", library]);
  expect(verify.code).toBe(1);
  for (const title of GOOD) expect(verify.stdout).not.toMatch(new RegExp(`^[-+*!] ${title}`, "m"));
});

test("words to search for that are syntax of something else, are words", async () => {
  const library = folder.file("tricks.sqlite");
  const queries = [
    '"',
    "a OR b AND (",
    "NEAR(a b)",
    "text:*",
    "' OR 1=1 --",
    "\u0001\u001b[2J",
    "x".repeat(50_000),
    "*",
  ];
  for (const query of queries) {
    const end = await runCli(["search", query, "--library", library]);
    expect(end.code).toBe(0);
    expect(ofTerminal(end.stdout + end.stderr)).not.toMatch(/\p{Cc}/u);
  }
});

describe("a host that cannot be trusted", () => {
  test("a certificate signed by itself: exit 3, one request, the way out; nor does the environment switch the check off", async () => {
    let connections = 0;
    using secure = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: SELF_SIGNED,
      fetch() {
        connections++;
        return Response.json([]);
      },
    });
    const errorLog = folder.file("tls.jsonl");
    const how = ["--source", "service", "--titles", "X", "--error-log-file", errorLog];
    for (const env of [{}, { NODE_TLS_REJECT_UNAUTHORIZED: "0" }]) {
      const end = await runCli(["ingest", ...words(secure.url.origin), ...how], { env });
      expect(end.code).toBe(3);
      expect(end.stderr).toContain("cannot be trusted");
      expect(end.stderr).toContain("NODE_EXTRA_CA_CERTS");
      expect(end.stderr.includes("NODE_TLS_REJECT_UNAUTHORIZED=0 is not heeded")).toBe(Object.keys(env).length > 0);
    }
    expect(connections).toBe(0);
    const logged = jsonLines<{ type: string; error?: { code: string } }>(await Bun.file(errorLog).text());
    const stopped = logged.filter(({ type }) => type === "run-stopped").map(({ error }) => error?.code);
    expect(stopped).toEqual(["unreachable", "unreachable"]);
  });

  test("an address with a password in it: exit 2, and the password is not shown", async () => {
    const end = await runCli(["ingest", ...words("http://me:secret@127.0.0.1:9")]);
    expect([end.code, end.stderr.includes("secret")]).toEqual([2, false]);
  });
});

describe("files that are not what they should be", () => {
  test.each([
    ["text", "not json"],
    ["a list", "[1,2]"],
    ["nested without end", nested(100_000)],
    ["not UTF-8", "\u0000\u0001"],
    ["settings of nobody", '{"__proto__":{"rate":0},"constructor":1}'],
  ])("a config file that holds %s: exit 2, one line", async (_what, content) => {
    const config = folder.file("config.json");
    writeFileSync(config, content);
    const end = await runCli(["plan", ...words("http://127.0.0.1:9"), "--config", config]);
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(/^sofer: [^\n]+\n$/);
  });

  test.each([
    ["text", "not json"],
    ["an object", "{}"],
    ["nested without end", nested(100_000)],
    ["half a surrogate pair", '[{"title":"\\ud800"}]'],
    ["nothing", ""],
  ])("a tree file that holds %s: exit 2, one line", async (_what, content) => {
    const tree = folder.file("tree.json");
    writeFileSync(tree, content);
    const end = await runCli(["plan", ...words("http://127.0.0.1:9"), "--tree-file", tree]);
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(/^sofer: [^\n]+\n$/);
  });

  test("a library cut short, or with other bytes in its middle: exit 4 for every verb, and no crash", async () => {
    const whole = folder.file("whole.sqlite");
    copyFileSync(folder.file("tricks.sqlite"), whole);
    new Database(whole).run("PRAGMA wal_checkpoint(TRUNCATE)");
    const size = Bun.file(whole).size;
    const cut = folder.file("cut.sqlite");
    copyFileSync(whole, cut);
    truncateSync(cut, Math.floor(size / 2));
    const noise = folder.file("noise.sqlite");
    const bytes = new Uint8Array(await Bun.file(whole).arrayBuffer());
    bytes.fill(0xa5, 8192, size - 4096);
    await Bun.write(noise, bytes);
    for (const library of [cut, noise]) {
      for (const verb of [["verify"], ["status"], ["search", "lamp"], ["dump", "segments"], ["hash"]]) {
        const [name = "", ...rest] = verb;
        const end = await runCli([name, ...rest, "--library", library]);
        expect([name, end.code]).toEqual([name, 4]);
        expect(end.stderr).toMatch(/^sofer: [^\n]+\n$/);
      }
    }
  });
});

test("the page puts texts of others in as text: nothing in it makes elements of a string", async () => {
  const web = join(import.meta.dir, "..", "packages", "api", "src", "web");
  let files = 0;
  for await (const name of new Bun.Glob("**/*.{ts,tsx}").scan(web)) {
    files++;
    const source = await Bun.file(join(web, name)).text();
    expect(source).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/);
    // Addresses that lead out of the page are its own, never a text's.
    expect(source).not.toMatch(/href=\{[^}]*(?:versionSource|license|url)\b/i);
  }
  expect(files).toBeGreaterThan(5);
});
