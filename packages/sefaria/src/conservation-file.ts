import { addTallies, EMPTY_TALLY, TallyCounter, type Tally } from "@sofer/core";
import { decodeLiteral, isEscapedQuote } from "./conservation.ts";

/** What a version file's raw JSON text holds under `text`. */
export interface FileTally {
  /** By the object keys that lead to the strings, as `keyPath` writes them. */
  readonly nodes: ReadonlyMap<string, Tally>;
  /** Of the whole, counted by itself: not the sum of the nodes. */
  readonly whole: Tally;
}

/** One string for the keys that lead to a node; [] for the text of a simple book. */
export function keyPath(keys: readonly string[]): string {
  return JSON.stringify(keys);
}

/**
 * The independent side of conservation for version files (design 2.9): counts the non-blank strings under the `text` of
 * the outermost object, by the object keys on the way. It never parses the file and knows no schema; lists are passed
 * through, so what stands in an object inside a list is counted under that object's key, where no leaf will claim it.
 */
export function tallyVersionFile(body: string): FileTally {
  const counters = new Map<string, TallyCounter>();
  const whole = new TallyCounter();
  /** By nesting level: is it an object? Level 0 is outside. */
  const isObject: boolean[] = [false];
  /** By nesting level: the last key read in that object. */
  const keys: string[] = [""];
  let level = 0;
  let expectsKey = false;
  /** Of the keys since the last bracket or key; null: to be looked up. */
  let counter: TallyCounter | null = null;

  const counterHere = (): TallyCounter => {
    const path: string[] = [];
    for (let at = 2; at <= level; at++) if (isObject[at] === true) path.push(keys[at] ?? "");
    const name = keyPath(path);
    const known = counters.get(name) ?? new TallyCounter();
    counters.set(name, known);
    return known;
  };

  for (let at = 0; at < body.length; at++) {
    const unit = body.charCodeAt(at);
    if (unit === 0x22) {
      let close = body.indexOf('"', at + 1);
      while (close >= 0 && isEscapedQuote(body, close)) close = body.indexOf('"', close + 1);
      if (close < 0) close = body.length;
      if (expectsKey) {
        expectsKey = false;
        keys[level] = decodeLiteral(body, at, close);
        counter = null;
      } else if (isObject[1] === true && keys[1] === "text") {
        const text = decodeLiteral(body, at, close);
        counter ??= counterHere();
        counter.add(text);
        whole.add(text);
      }
      at = close;
    } else if (unit === 0x2c) {
      expectsKey = isObject[level] ?? false;
    } else if (unit === 0x5b || unit === 0x7b) {
      level++;
      isObject[level] = unit === 0x7b;
      keys[level] = "";
      expectsKey = unit === 0x7b;
      counter = null;
    } else if (unit === 0x5d || unit === 0x7d) {
      level--;
      expectsKey = false;
      counter = null;
    }
  }
  const nodes = new Map([...counters].map(([path, counted]) => [path, counted.tally()]));
  return { nodes, whole: whole.tally() };
}

/** Sum over nodes. */
export function sumOf(tallies: Iterable<Tally>): Tally {
  return addTallies(EMPTY_TALLY, ...tallies);
}
