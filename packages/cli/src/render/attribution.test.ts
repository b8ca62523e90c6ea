import { expect, test } from "bun:test";
import type { HeldVersion } from "@sofer/store";
import { attributionLines, escapeMarkdown } from "./attribution.ts";

const HELD: HeldVersion = {
  title: "Ruth",
  heTitle: "רות",
  language: "en",
  versionTitle: "A | B [en]",
  license: "CC-BY",
  versionSource: "https://example.org/a_(b)?c=d|e",
  actualLanguage: "en",
  url: "https://www.sefaria.org/Ruth",
};

test("a table for each book, every version with its licence and where it is from", () => {
  const plain: HeldVersion = { ...HELD, language: "he", actualLanguage: "he", versionTitle: "Plain", license: "" };
  const versions: HeldVersion[] = [
    { ...plain, versionSource: null },
    HELD,
    {
      ...plain,
      title: "Jonah",
      heTitle: "",
      versionSource: "A <b>book</b>,\nprinted",
      url: "https://www.sefaria.org/Jonah",
    },
  ];
  expect([...attributionLines(versions)].slice(3)).toEqual([
    "",
    "## Ruth · רות",
    "",
    "| version | language | licence | source |",
    "|---|---|---|---|",
    "| Plain | he | none stated | via [Sefaria.org](https://www.sefaria.org/Ruth) |",
    String.raw`| A \| B \[en\] | en | CC-BY | [https://example.org/a\_(b)?c=d\|e](https://example.org/a_%28b%29?c=d%7Ce), via [Sefaria.org](https://www.sefaria.org/Ruth) |`,
    "",
    "## Jonah",
    "",
    "| version | language | licence | source |",
    "|---|---|---|---|",
    String.raw`| Plain | he | none stated | A \<b\>book\</b\>, printed, via [Sefaria.org](https://www.sefaria.org/Jonah) |`,
  ]);
});

test("an address that is none, or one that would run, is shown as text", () => {
  const [line] = [...attributionLines([{ ...HELD, versionSource: "javascript:alert(1)" }])].slice(-1);
  expect(line).toContain(String.raw`javascript:alert(1), via`);
  expect(escapeMarkdown("# a *b*\n- c")).toBe(String.raw`\# a \*b\* - c`);
});
