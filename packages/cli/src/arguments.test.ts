import { describe, expect, test } from "bun:test";
import { SoferError } from "@sofer/core";
import fc from "fast-check";
import { readArguments } from "./arguments.ts";
import { flagsOf } from "./flag.ts";

const INGEST = flagsOf("ingest", []);

function refusal(words: readonly string[]): string {
  try {
    readArguments(words, INGEST);
  } catch (error) {
    if (error instanceof SoferError && error.code === "usage") return `${error.message} (${error.hint})`;
    throw error;
  }
  throw new Error(`not refused: ${words.join(" ")}`);
}

describe("what was typed", () => {
  test("a list collects words up to the next flag", () => {
    const typed = readArguments(["--titles", "Genesis", "Mishnah Berakhot", "Ruth", "--limit", "3"], INGEST);
    expect(typed.flags["titles"]).toEqual(["Genesis", "Mishnah Berakhot", "Ruth"]);
    expect(typed.flags["limit"]).toBe("3");
    expect(typed.operands).toEqual([]);
  });

  test("a list given twice, or glued with =, collects all", () => {
    const typed = readArguments(["--titles", "A", "--json", "--titles=B", "--titles", "C", "D"], INGEST);
    expect(typed.flags["titles"]).toEqual(["A", "B", "C", "D"]);
  });

  test("switches: --no-x, =false, and a word after them is not theirs", () => {
    const typed = readArguments(["--no-resume", "--json=false", "--overwrite", "word"], INGEST);
    expect(typed.flags).toEqual({ resume: false, json: "false", overwrite: true });
    expect(typed.operands).toEqual(["word"]);
  });

  test("a negative number is a value, not a flag", () => {
    expect(readArguments(["--limit", "-5"], INGEST).flags["limit"]).toBe("-5");
  });

  test("after -- nothing is a flag", () => {
    expect(readArguments(["--", "--titles", "-x"], INGEST).operands).toEqual(["--titles", "-x"]);
  });

  test.each([
    [["--title", "Genesis"], "did you mean --titles?"],
    [["--no-resum"], "did you mean --no-resume?"],
    [["--no-titles"], "there is no flag --no-titles"],
    [["--bogus-flag-of-nobody"], "there is no flag --bogus-flag-of-nobody"],
    [["-t", "Genesis"], "there is no flag -t"],
    [["--titles"], "--titles needs a value"],
    [["--titles", "--json"], "--titles needs a value"],
    [["--limit"], "--limit needs a value"],
    [["--limit", "--json"], "--limit needs a value"],
    [["--limit", "1", "--limit", "2"], "--limit is given twice"],
    [["--resume", "--no-resume"], "--resume is given twice"],
    [["--no-resume=yes"], "--no-resume takes no value"],
  ])("%j is refused", (words, said) => {
    expect(refusal(words)).toContain(said);
  });

  test("no word is lost: every value comes back in its place", () => {
    const value = fc.string({ minLength: 1 }).filter((text) => !text.startsWith("-"));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), value, fc.array(value), (titles, log, operands) => {
        const words = ["--titles", ...titles, "--log-file", log, ...operands];
        const typed = readArguments(words, INGEST);
        expect(typed.flags).toEqual({ titles, "log-file": log });
        expect(typed.operands).toEqual(operands);
      }),
    );
  });
});
