import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isBlank, places } from "@sofer/core";
import { textsAnswer } from "./answers/texts.ts";
import { loadCorpus } from "./corpus.ts";
import { OpenedBook, Shelf } from "./opened-book.ts";

/** Real books, kept beside the project, not in it. */
const CORPUS = join(import.meta.dir, "../../../../shared/corpus");
const hasCorpus = existsSync(join(CORPUS, "manifest.json"));

describe("a corpus folder", () => {
  let folder = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sofer-corpus-"));
    await mkdir(join(folder, "texts"));
    const schema = { nodeType: "JaggedArrayNode", title: "Ruth", heTitle: "רות", key: "Ruth", depth: 2 };
    const titles = [{ text: "Ruth", lang: "en", primary: true }];
    const book = {
      index: { era: "AM" },
      schema: { ...schema, titles },
      versions: [
        { language: "he", versionTitle: "Old", license: null, text: [["one", "two"]] },
        { language: "he", versionTitle: "merged", license: null, text: [["one", "two", "three"]] },
      ],
    };
    await writeFile(join(folder, "texts/Ruth.json.gz"), Bun.gzipSync(Buffer.from(JSON.stringify(book))));
    const entry = { title: "Ruth", heTitle: "רות", categories: ["Tanakh"], file: "texts/Ruth.json.gz", jsonBytes: 300 };
    const commentary = { ...entry, title: "Someone on Ruth", file: "texts/absent.json.gz" };
    await writeFile(join(folder, "manifest.json"), JSON.stringify({ books: [entry, commentary] }));
  });

  afterAll(() => rm(folder, { recursive: true }));

  test("is listed from its manifest without opening a book", () => {
    const { books } = loadCorpus(folder);
    expect(books.map((book) => book.title)).toEqual(["Ruth", "Someone on Ruth"]);
    expect(books[1]?.listing).toEqual({ dependence: "Commentary", base_text_titles: ["Ruth"] });
  });

  test("is served without the bucket's own merged versions; types it does not state are plain numbers", () => {
    const answer = textsAnswer(new Shelf(loadCorpus(folder)), "Ruth 1", ["|all"]);
    const body = JSON.parse(answer.body) as { readonly versions: readonly object[] };
    expect(body).toMatchObject({ versions: [{ versionTitle: "Old", text: ["one", "two"], license: "" }] });
    expect(body.versions).toHaveLength(1);
  });
});

describe("the real corpus", () => {
  test.skipIf(!hasCorpus)(
    "three books have the segments that truth.tsv counts (corpus folder beside the project)",
    () => {
      const truth = readFileSync(join(CORPUS, "truth.tsv"), "utf8").split("\n");
      const library = loadCorpus(CORPUS);
      for (const title of ["Ein Ayah", "Chagigah", "Guide for the Perplexed"]) {
        const book = library.books.find((other) => other.title === title);
        if (book === undefined) throw new Error(`${title} is not in the corpus`);
        const opened = new OpenedBook(book);
        const counted = opened.content.versions.map((version) => {
          const texts = opened
            .leaves()
            .map(({ leaf }) => (leaf === null ? [] : [...places(opened.text(version, leaf), leaf.depth)]));
          const segments = texts.flat().filter((place) => place.kind === "text" && !isBlank(place.text)).length;
          return [title, version.meta.language, version.meta.versionTitle, segments].join("\t");
        });
        const expected = truth
          .filter((line) => line.startsWith(`${title}\t`))
          .map((line) => line.split("\t").slice(0, 4).join("\t"));
        expect(counted.toSorted()).toEqual(expected.toSorted());
      }
    },
  );
});
