import { didYouMean, SoferError } from "@sofer/core";
import type { Flag } from "./flag.ts";

/** What was typed: which words belong to which flag. What they mean is checked by the table of settings. */
export interface TypedArguments {
  /** By flag name without dashes: text, the words of a list, or on and off. */
  readonly flags: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly operands: readonly string[];
}

/** Words that look like flags and are numbers: `--limit -5` is a bad number, not an unknown flag. */
const NUMBER = /^-(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

function wrong(message: string, hint = "see --help"): SoferError {
  return new SoferError("usage", message, { hint });
}

/** A word that starts a flag. A lone dash and negative numbers are values. */
function isFlagWord(word: string | undefined): boolean {
  return word !== undefined && word.startsWith("-") && word !== "-" && !NUMBER.test(word);
}

function unknownFlag(name: string, flags: readonly Flag[]): SoferError {
  const names = flags.flatMap(({ flag, kind }) => (kind === "boolean" ? [`--${flag}`, `--no-${flag}`] : [`--${flag}`]));
  return wrong(`there is no flag --${name}`, didYouMean(`--${name}`, names, 1) || "see --help");
}

/**
 * Reads the words after the verb. We read them ourselves because citty keeps only the first value of `--titles A B C`
 * and accepts flags that nobody declared. A flag given twice: a list collects both, anything else is refused.
 *
 * @throws SoferError `usage`
 */
export function readArguments(words: readonly string[], flags: readonly Flag[]): TypedArguments {
  const byName = new Map(flags.map((flag) => [flag.flag, flag]));
  const values: Record<string, string | boolean | readonly string[]> = {};
  const operands: string[] = [];

  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (word === "-h") {
      values["help"] = true;
      continue;
    }
    if (!isFlagWord(word)) {
      operands.push(word);
      continue;
    }
    if (!word.startsWith("--"))
      throw wrong(
        `there is no flag ${word}`,
        "flags have two dashes; a word that begins with one goes in quotes with others, or after --",
      );

    const equals = word.indexOf("=");
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const glued = equals < 0 ? null : word.slice(equals + 1);
    const negated = name.startsWith("no-") ? byName.get(name.slice(3)) : undefined;
    const flag = byName.get(name) ?? (negated?.kind === "boolean" ? negated : undefined);
    if (flag === undefined) throw unknownFlag(name, flags);
    const before = values[flag.flag];
    if (before !== undefined && flag.kind !== "list") throw wrong(`--${flag.flag} is given twice`);

    if (flag.kind === "boolean") {
      if (glued !== null && name !== flag.flag) throw wrong(`--${name} takes no value`);
      values[flag.flag] = glued ?? name === flag.flag;
    } else if (flag.kind === "list") {
      const collected = glued === null ? [] : [glued];
      if (glued === null) {
        while (at + 1 < words.length && !isFlagWord(words[at + 1])) collected.push(words[++at] ?? "");
      }
      if (collected.length === 0) throw wrong(`--${flag.flag} needs a value`);
      values[flag.flag] = Array.isArray(before) ? [...(before as readonly string[]), ...collected] : collected;
    } else if (flag.bare !== undefined && glued === null && (at + 1 >= words.length || isFlagWord(words[at + 1]))) {
      values[flag.flag] = String(flag.bare);
    } else {
      const value = glued ?? (isFlagWord(words[at + 1]) ? undefined : words[++at]);
      if (value === undefined) throw wrong(`--${flag.flag} needs a value`);
      values[flag.flag] = value;
    }
  }
  return { flags: values, operands };
}
