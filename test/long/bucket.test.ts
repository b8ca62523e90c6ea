import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { loadCorpus, startSandbox, type Sandbox, type SandboxBook } from "@sofer/sandbox";
import { allVersions, difference, type ExpectedSegment } from "../expected.ts";
import type { LinkAccount } from "@sofer/store";
import { CORPUS, dumpHash, hasCorpus, heldSegments, jsonLines, runCli, spawnCli, tempDir } from "../support.ts";
import { readTruth, truthOfDump } from "../truth.ts";
import { accountOf } from "./plain-links.ts";
import { note } from "./support.ts";

/** Every structure of the corpus: depths 1 to 4, dapim, default nodes, several leaves, ties of priority, odd names. */
const EVERY_STRUCTURE = [
  "Ketubah Text",
  "Yedid Nefesh",
  "Unetaneh Tokef",
  "Sefer Yetzirah",
  "Esther",
  "Amos",
  "Ein Ayah",
  "Mishnah Kinnim",
  "Mishnah Orlah",
  "Pirkei Avot",
  "Tamid",
  "Arakhin",
  "Chagigah",
  "Makkot",
  "Rashi on Amos",
  "Ibn Ezra on Amos",
  "Tosafot on Taanit",
  "Rashi on Arakhin",
  "Orot HaKodesh",
  "Ohr Hashem",
  "Tanna debei Eliyahu Zuta",
  "Footnotes on Orot",
  "Tosafot Yom Tov on Mishnah Orlah",
  "Tosafot Yom Tov on Mishnah Berakhot",
  "Pesach Haggadah",
  "Ein Yaakov",
  "Maaseh Nissim on Pesach Haggadah",
  "Mishneh Torah, Human Dispositions",
];

/** Books whose merge the corpus brings as the publisher made it: two depths, dapim, one side and both. */
const MERGED = [
  "Pirkei Avot",
  "Makkot",
  "Chagigah",
  "Rashi on Genesis",
  "Rashbam on Genesis",
  "Ein Ayah",
  "Mekhilta",
  "Mishneh Torah, Human Dispositions",
];

const name = hasCorpus ? "real books by the bucket" : "real books by the bucket (not beside the project: skipped)";

describe.skipIf(!hasCorpus)(name, () => {
  const folder = tempDir();
  const whole = folder.file("library.sqlite");
  let books: readonly SandboxBook[];
  let sandbox: Sandbox;

  beforeAll(async () => {
    const corpus = loadCorpus(CORPUS);
    books = corpus.books;
    // The listing has several pages; one that is not the first fails once.
    const faults = [{ kind: "status", endpoint: "listing", match: "pageToken", times: 1 }] as const;
    sandbox = await startSandbox({ library: corpus, bucket: { linksPerFile: 5000 }, faults });
  });
  afterAll(async () => {
    await sandbox.stop();
    folder.dispose();
  });

  const where = () => [
    "--base-url",
    sandbox.url,
    "--bucket-url",
    sandbox.url,
    "--pace-file",
    folder.file("pace.sqlite"),
  ];

  /** A run, and what the sandbox was asked meanwhile. */
  async function ingest(
    library: string,
    source: string,
    versions: string,
    titles: readonly string[],
    more: readonly string[] = [],
  ) {
    sandbox.resetStats();
    const how = ["--source", source, "--versions", versions, "--rate", "0", "--max-workers", "2"];
    const { code, stdout, stderr } = await runCli([
      "ingest",
      ...more,
      ...where(),
      ...how,
      "--library",
      library,
      "--quiet",
      "--json",
      "--titles",
      ...titles,
    ]);
    const lines = jsonLines(stdout);
    const [receipt, links] = ["receipt", "links"].map((type) => lines.findLast((line) => line["type"] === type));
    return { code, stderr, receipt, links, stats: sandbox.stats() };
  }

  const everything = () => [...new Set(books.map(({ categories }) => `category:${categories[0] ?? ""}`))];

  test("all books come in whole, each file once", async () => {
    const { code, stderr, receipt, stats } = await ingest(whole, "bucket", "all", everything());
    note(`requests ${JSON.stringify(stats.requests)}, objects ${JSON.stringify(stats.objects)}`);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(receipt).toMatchObject({ outcome: "whole", source: "bucket", books: books.length, failedSlots: 0 });
    const files = books.flatMap((book) => book.load().versions).length;
    expect(stats.objects).toMatchObject({ schema: books.length, version: files, merged: 0, contents: 1 });
    expect(stats.requests).toMatchObject({ contents: 0, index: 0, texts: 0, versions: 0 });
    expect(stats.faults).toBe(1);
  });

  test("every version of every book equals the truth that other code made", async () => {
    const truth = readTruth(join(CORPUS, "truth.tsv"));
    const child = spawnCli(["dump", "segments", "--library", whole]);
    const found = await truthOfDump(child.stdout);
    expect(await child.exited).toBe(0);
    const wrong = [...truth].filter(([key, row]) => JSON.stringify(found.get(key)) !== JSON.stringify(row));
    note(`${truth.size - wrong.length} of ${truth.size} versions equal the truth; ${found.size} in the library`);
    expect(wrong.map(([key]) => key)).toEqual([]);
    expect([...found.keys()].filter((key) => !truth.has(key))).toEqual([]);
  });

  test("a second run downloads nothing, and lists", async () => {
    const before = await dumpHash(whole, ["segments"]);
    const { code, receipt, stats } = await ingest(whole, "bucket", "all", everything());
    note(`second run: requests ${JSON.stringify(stats.requests)}`);
    expect(code).toBe(0);
    expect(receipt).toMatchObject({ outcome: "whole", changes: { added: 0, changed: 0, moved: 0, removed: 0 } });
    expect(stats.total).toBe(stats.requests.listing);
    expect(Object.values(stats.objects).every((count) => count === 0)).toBe(true);
    expect(await dumpHash(whole, ["segments"])).toBe(before);
  });

  test("the bucket's links load, every row accounted for as other code counts them", async () => {
    const plain = accountOf(join(CORPUS, "links", "links.csv.gz"), books);
    const { code, links, stats } = await ingest(whole, "bucket", "all", everything(), ["--links", "bucket"]);
    expect(code).toBe(0);
    const account = links as unknown as LinkAccount;
    const { read, stored, duplicate, invalid, unwanted, resolved, dangling } = account;
    note(`links: ${JSON.stringify({ read, stored, duplicate, invalid, unwanted, resolved, dangling })}`);
    expect(stats.objects).toMatchObject({ version: 0, schema: 0, links: Math.ceil(plain.read / 5000) });
    expect({ read, stored, duplicate, invalid, unwanted }).toEqual({
      read: plain.read,
      stored: plain.stored,
      duplicate: plain.duplicate,
      invalid: plain.invalid,
      unwanted: plain.unwanted,
    });
    expect(resolved + dangling).toBe(stored);
    expect(Object.fromEntries(account.types.map((row) => [row.type, row.links]))).toEqual(plain.types);
    expect(account.sides["unknown-book"]).toBe(plain.unknownBooks);
    // Where both refs are segments of the dump, letter by letter, there is nothing to dangle for.
    const refs = new Set(heldSegments(whole).map((row) => row.ref));
    const certain = plain.pairs.filter((pair) => pair.every((ref) => refs.has(ref))).length;
    note(`links: ${certain} between segments of the dump, by their spelling alone`);
    expect(certain).toBeGreaterThan(5_000);
    expect(resolved - account.beyond).toBeGreaterThanOrEqual(certain);
    expect(jsonLines((await runCli(["dump", "links", "--library", whole])).stdout)).toHaveLength(stored);

    // Once more: the files are listed and not read; and the program says the sums in words.
    sandbox.resetStats();
    const words = ["--source", "bucket", "--versions", "all", "--rate", "0", "--library", whole, "--links", "bucket"];
    const again = await runCli(["ingest", ...where(), ...words, "--quiet", "--titles", "Esther"]);
    expect(again.code).toBe(0);
    expect(Object.values(sandbox.stats().objects).every((count) => count === 0)).toBe(true);
    const figures = [read, stored, duplicate, invalid, unwanted].map((count) => count.toLocaleString("en-US"));
    const [rows, kept, twice, bad, others] = figures;
    expect(again.stdout).toContain(
      `${rows} rows read = ${kept} stored + ${twice} duplicate + ${bad} invalid + ${others} not wanted`,
    );
    for (const { type, links: count } of account.types) {
      const name = type === "" ? "(none stated)" : type;
      expect(again.stdout).toMatch(new RegExp(`^${RegExp.escape(name)} +${count.toLocaleString("en-US")} `, "m"));
    }
  });

  test.each(["all", "best"])(
    "books of every structure are the same by service and bucket under %s",
    async (versions) => {
      const [service, bucket] = [folder.file(`service-${versions}.sqlite`), folder.file(`bucket-${versions}.sqlite`)];
      const byService = await ingest(service, "service", versions, EVERY_STRUCTURE);
      const byBucket = await ingest(bucket, "bucket", versions, EVERY_STRUCTURE);
      expect([byService.code, byBucket.code]).toEqual([0, 0]);
      expect([byService.stats.requests.objects, byBucket.stats.requests.texts]).toEqual([0, 0]);
      expect(await dumpHash(bucket)).toBe(await dumpHash(service));
      const [hashes, hashesByBucket] = [await hashesOf(service), await hashesOf(bucket)];
      expect(hashesByBucket).toEqual(hashes);
      note(`${versions}: ${hashes.books.length} books, ${hashes.library}`);
      expect(hashes.books.length).toBeGreaterThanOrEqual(25);
      if (versions !== "all") return;
      // And as the whole library has them.
      expect(await hashesOf(whole, EVERY_STRUCTURE)).toMatchObject({ books: hashes.books });
    },
  );

  test("--versions merged gives the publisher's merges, place by place", async () => {
    const library = folder.file("merged.sqlite");
    const { code, receipt, stats } = await ingest(library, "bucket", "merged", MERGED);
    expect(code).toBe(0);
    expect(receipt).toMatchObject({ outcome: "whole", source: "bucket" });
    expect([stats.objects.version, stats.objects.merged > MERGED.length]).toEqual([0, true]);
    const { stdout } = await runCli(["dump", "segments", "--library", library]);
    const dumped = jsonLines<Record<keyof ExpectedSegment, string>>(stdout);
    expect(new Set(dumped.map((row) => row.versionTitle))).toEqual(new Set(["merged"]));
    for (const book of books.filter(({ title }) => MERGED.includes(title))) {
      // Of a side whose merge the corpus does not have, the sandbox makes one: no truth to compare with.
      const merged = book.load().merged ?? [];
      const sides = merged.map(({ meta }) => meta.language as string);
      const found = dumped.filter((row) => row.title === book.title && sides.includes(row.language));
      const expected = allVersions([
        { ...book, load: () => ({ ...book.load(), schema: namedSchema(book), versions: merged }) },
      ]);
      expect(expected.length).toBeGreaterThan(0);
      expect(difference(expected, found)).toEqual({ missing: [], surplus: [] });
    }
  });

  describe("auto", () => {
    const plan = async (...words: readonly string[]) => {
      const { code, stdout } = await runCli(["plan", ...where(), "--library", folder.file("none.sqlite"), ...words]);
      return { code, stdout };
    };

    test.each([
      ["service", "Esther", "1 book needs at least 2 requests by the web service, no more than the 24 that are polite"],
      [
        "bucket",
        "Mishnah",
        /^\d+ books need at least \d+ requests by the web service, more than the 24 that are polite$/,
      ],
    ])("takes the %s for %s, and says why", async (source, title, why) => {
      const { code, stdout } = await plan("--json", "--titles", title);
      expect(code).toBe(0);
      const report = jsonLines(stdout).at(-1) ?? {};
      expect(report["source"]).toBe(source);
      expect(report["why"]).toEqual(typeof why === "string" ? why : expect.stringMatching(why));
      const spoken = await plan("--titles", title);
      expect(spoken.stdout.replaceAll(/\s+/g, " ")).toContain(String(report["why"]));
    });

    test("one small book comes by the service, Mishnah by the bucket, as planned", async () => {
      for (const [title, source] of [
        ["Esther", "service"],
        ["Mishnah", "bucket"],
      ] as const) {
        const planned = jsonLines((await plan("--json", "--titles", title)).stdout).at(-1);
        const { code, receipt, stats } = await ingest(folder.file(`auto-${source}.sqlite`), "auto", "best", [title]);
        expect(code).toBe(0);
        expect(receipt).toMatchObject({ outcome: "whole", source });
        expect(stats.requests.texts > 0).toBe(source === "service");
        expect(stats.total).toBe(Number(planned?.["requests"]));
      }
    });
  });
});

/** The corpus's older schemas of simple books say their names beside the schema only. */
function namedSchema(book: SandboxBook) {
  const titles = [
    { text: book.title, lang: "en", primary: true },
    { text: book.heTitle, lang: "he", primary: true },
  ];
  return { ...book.load().schema, titles };
}

interface Hashes {
  readonly library: string;
  readonly books: readonly unknown[];
}

async function hashesOf(library: string, titles: readonly string[] = []): Promise<Hashes> {
  const filter = titles.length === 0 ? [] : ["--titles", ...titles];
  const { code, stdout } = await runCli(["hash", "--json", "--library", library, ...filter]);
  expect(code).toBe(0);
  return jsonLines(stdout)[0] as unknown as Hashes;
}
