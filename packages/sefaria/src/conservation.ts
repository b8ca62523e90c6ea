import { TallyCounter, type Tally } from "@sofer/core";

/**
 * The independent side of conservation (design 2.9): counts the non-blank strings of a v3 answer in its raw JSON text.
 * It never parses the answer, knows no schema and no depth, and shares no code with the parser: it walks from string
 * literal to string literal and keeps only the nesting. One tally per element of the answer's `versions`, in order.
 * Keys are not counted, and `text` anywhere else than directly in such an element is not looked at.
 */
export function tallyAnswer(body: string): Tally[] {
  return new AnswerScanner(body).scan();
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Nesting: the answer's object is 1, its `versions` list 2, one version 3, the value of its `text` 4 and deeper. */
const ANSWER = 1;
const VERSIONS = 2;
const VERSION = 3;

class AnswerScanner {
  readonly #body: string;
  readonly #counters: TallyCounter[] = [];
  /** By nesting level: is it an object? Level 0 is outside. */
  readonly #isObject: boolean[] = [false];
  #level = 0;
  #expectsKey = false;
  /** The last key read directly in the answer, and directly in a version. */
  #answerKey = "";
  #versionKey = "";
  /** Inside the list under the answer's `versions`. */
  #inVersions = false;
  /** The next value starts a new element of `versions`. */
  #expectsVersion = false;

  constructor(body: string) {
    this.#body = body;
  }

  scan(): Tally[] {
    const body = this.#body;
    for (let at = 0; at < body.length; at++) {
      const unit = body.charCodeAt(at);
      if (unit === QUOTE) at = this.#literal(at);
      else if (unit === COMMA) this.#separate();
      else if (unit === OPEN_LIST || unit === OPEN_OBJECT) this.#open(unit === OPEN_OBJECT);
      else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) this.#close();
      else if (unit !== COLON && unit > 0x20) this.#startsValue();
    }
    return this.#counters.map((counter) => counter.tally());
  }

  #separate(): void {
    this.#expectsKey = this.#isObject[this.#level] ?? false;
    if (this.#inVersions && this.#level === VERSIONS) this.#expectsVersion = true;
  }

  #open(isObject: boolean): void {
    this.#startsValue();
    if (this.#level === ANSWER && !isObject && this.#isObject[ANSWER] === true && this.#answerKey === "versions") {
      this.#inVersions = true;
      this.#expectsVersion = true;
    }
    this.#level++;
    this.#isObject[this.#level] = isObject;
    this.#expectsKey = isObject;
    if (this.#level === VERSION) this.#versionKey = "";
  }

  #close(): void {
    this.#level--;
    this.#expectsKey = false;
    if (this.#level > ANSWER) return;
    this.#inVersions = false;
    this.#expectsVersion = false;
  }

  /** Any value, also a number or a null, is an element of the list it stands in. */
  #startsValue(): void {
    if (!this.#expectsVersion || this.#level !== VERSIONS) return;
    this.#expectsVersion = false;
    this.#counters.push(new TallyCounter());
  }

  /** Reads the literal whose opening quote is at `open`; returns the place of its closing quote. */
  #literal(open: number): number {
    const body = this.#body;
    let close = body.indexOf('"', open + 1);
    while (close >= 0 && isEscapedQuote(body, close)) close = body.indexOf('"', close + 1);
    if (close < 0) close = body.length;
    if (this.#expectsKey) {
      this.#expectsKey = false;
      if (this.#level === ANSWER) this.#answerKey = decodeLiteral(body, open, close);
      else if (this.#level === VERSION && this.#inVersions) this.#versionKey = decodeLiteral(body, open, close);
    } else {
      this.#startsValue();
      if (this.#isText()) this.#counters.at(-1)?.add(decodeLiteral(body, open, close));
    }
    return close;
  }

  #isText(): boolean {
    if (!this.#inVersions || this.#level < VERSION) return false;
    return this.#isObject[VERSION] === true && this.#versionKey === "text";
  }
}

/** A quote is escaped when an odd number of backslashes stands before it. */
export function isEscapedQuote(body: string, quote: number): boolean {
  let before = quote;
  while (body.charCodeAt(before - 1) === 0x5c) before--;
  return (quote - before) % 2 === 1;
}

/** The string that the literal between two quotes stands for. */
export function decodeLiteral(body: string, open: number, close: number): string {
  const inside = body.slice(open + 1, close);
  return inside.includes("\\") ? (JSON.parse(body.slice(open, close + 1)) as string) : inside;
}
