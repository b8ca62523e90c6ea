import { expect, test } from "bun:test";
import { csvLine } from "../bucket/fixed-files.ts";
import { Shelf } from "../opened-book.ts";
import { startSandbox } from "../server.ts";
import { smallLibrary } from "../testing/small-library.ts";
import { relatedAnswer } from "./related.ts";

const line = (one: string, two: string, type: string, titles: readonly [string, string]) =>
  csvLine([one, two, type, ...titles, "Tanakh", "Tanakh"]);

const library = {
  ...smallLibrary,
  links: () => [
    line("Rashi on Genesis 1:1:1", "Genesis 1:1", "commentary", ["Rashi on Genesis", "Genesis"]),
    line("Genesis 1:3-2:1", "Zohar 2:3", "quotation", ["Genesis", "Zohar"]),
    line("Genesis 2:1", "Berakhot 2a", "", ["Genesis", "Berakhot"]),
    line("Genesis 2", "Zohar 1:1", "related", ["Genesis", "Zohar"]),
    line("Genesis 1:1", "Far Shore 3:4", "reference", ["Genesis", "Far Shore"]),
    line("Genesis 1:2", "Likutei Moharan 2:1:2", "", ["Genesis", "Likutei Moharan"]),
    line("Genesis 1:2", "Genesis 4:1", "related", ["Genesis", "Genesis"]),
    line("Genesis 1:2", "Guide", "related", ["Genesis", "Guide"]),
  ],
};
const shelf = new Shelf(library);

interface LinkRecord {
  readonly anchorRef: string;
  readonly anchorRefExpanded: readonly string[];
  readonly ref: string;
  readonly [field: string]: unknown;
}

function linksOf(ref: string): LinkRecord[] {
  return (JSON.parse(relatedAnswer(shelf, ref).body) as { links: LinkRecord[] }).links;
}
const pairs = (ref: string) => linksOf(ref).map((link) => `${link.anchorRef} > ${link.ref}`);

test.each([
  ["Genesis 1:1", ["Genesis 1:1 > Rashi on Genesis 1:1:1"]],
  ["Genesis.1.2", ["Genesis 1:2 > Likutei Moharan 2:1:2", "Genesis 1:2 > Genesis 4:1"]],
  ["Genesis 1:3", ["Genesis 1:3-2:1 > Zohar 2:3"]],
  // A range reaches into the section; a link of the whole section is dropped.
  ["Genesis 2", ["Genesis 1:3-2:1 > Zohar 2:3", "Genesis 2:1 > Berakhot 2a"]],
  // A link with both its ends here comes once.
  ["Genesis", 5],
  ["Genesis 4", ["Genesis 4:1 > Genesis 1:2"]],
  // Seen from its other end, a section may be linked to.
  ["Zohar 1", ["Zohar 1:1 > Genesis 2"]],
  ["Zohar", ["Zohar 1:1 > Genesis 2", "Zohar 2:3 > Genesis 1:3-2:1"]],
  ["Likutei Moharan 2", ["Likutei Moharan 2:1:2 > Genesis 1:2"]],
  ["Likutei Moharan, Introduction", []],
  ["Berakhot 2a", []],
])("%s", (ref, links) => {
  if (typeof links === "number") expect(pairs(ref)).toHaveLength(links);
  else expect(pairs(ref).toSorted()).toEqual(links.toSorted());
});

test("what a link says of its other side", () => {
  expect(linksOf("Genesis 1:1")[0]).toMatchObject({
    index_title: "Rashi on Genesis",
    category: "Commentary",
    type: "commentary",
    anchorVerse: 1,
    commentaryNum: 1.0001,
    sourceHasEn: false,
    sourceHeRef: "רש״י על בראשית א׳:א׳:א׳",
    heTitle: "רש״י על בראשית",
  });
  expect(linksOf("Genesis 1:3")[0]?.anchorRefExpanded).toEqual(["Genesis 1:3", "Genesis 2:1"]);
  expect(linksOf("Genesis 2:1").find((link) => link.ref === "Berakhot 2a")).toMatchObject({ commentaryNum: 3 });
  // A default node's title is its parent's.
  expect(linksOf("Genesis 1:2")[0]).not.toHaveProperty("heTitle");
  expect(linksOf("Zohar 2:3")[0]).toMatchObject({ sourceHasEn: true });
});

test("one link has one id from either of its ends", () => {
  const idOf = (ref: string) => linksOf(ref)[0]?.["_id"];
  expect(idOf("Zohar 2:3")).toMatch(/^[0-9a-f]{24}$/);
  expect(idOf("Genesis 2:1")).toBe(idOf("Zohar 2:3"));
  expect(idOf("Genesis 1:1")).not.toBe(idOf("Zohar 2:3"));
});

test("served, counted, and changed by an edit; an unknown title is an error inside a 200", async () => {
  const sandbox = await startSandbox({ library });
  try {
    const ask = async (ref: string) => {
      const answer = await fetch(`${sandbox.url}/api/related/${ref}`);
      return { status: answer.status, body: (await answer.json()) as { links?: unknown[]; error?: string } };
    };
    expect((await ask("Genesis.1.1")).body.links).toHaveLength(1);
    sandbox.edit({ kind: "add-link", fields: ["Genesis 1:1", "Zohar 1:2", "", "Genesis", "Zohar", "", ""] });
    expect((await ask("Genesis.1.1")).body.links).toHaveLength(2);
    const { status, body } = await ask("Nowhere.1");
    expect(status).toBe(200);
    expect(body.error).toBeString();
    expect(sandbox.stats().requests.related).toBe(3);
  } finally {
    await sandbox.stop();
  }
});
