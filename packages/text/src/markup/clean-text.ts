import { decodeHTMLStrict } from "entities/decode";
import { WHITE_SPACE } from "../white-space.ts";
import { hasClass, readTag, type Tag } from "./tag.ts";
import { OffsetMap } from "./offset-map.ts";
import { Gap, TextTarget } from "./text-target.ts";

export interface Footnote {
  /** Offset in the clean text after which it stood. */
  readonly at: number;
  /** "" for a marker whose note is not in this segment. */
  readonly text: string;
  /** As printed: `*`, `12`; "" when there was none. */
  readonly marker: string;
}

export interface CleanText {
  /**
   * Running text for display: no markup, no footnotes, no cantillation (U+0591-U+05AF), niqqud kept, entities decoded,
   * white space trimmed and collapsed to one space, or to one line feed where the markup breaks the line.
   */
  readonly text: string;
  readonly footnotes: readonly Footnote[];
  /** Offset in the raw string of an offset in `text`; never decreases. */
  readonly toRaw: (offset: number) => number;
  /** What was odd about the markup and what was done with it (the first of many). Empty for nearly every segment. */
  readonly notes: readonly string[];
}

// Classes of UTF-16 units, looked up once for each unit of the library: a table is several times faster than tests.
const ORDINARY = 0;
const WHITE = 1;
const DROPPED = 2;
const ANGLE = 3;
const AMPERSAND = 4;
const classes = new Uint8Array(0x10000);
for (const unit of WHITE_SPACE) classes[unit] = WHITE;
for (let mark = 0x0591; mark <= 0x05af; mark++) classes[mark] = DROPPED;
classes[0x3c] = ANGLE;
classes[0x26] = AMPERSAND;

/** An entity counts only with its semicolon: `AT&T`, `a&copy=b` are text. */
const ENTITY = /&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});/y;
const MAX_NOTES = 16;
const SUP_CLOSE = /<\/sup[\s>]/gi;

interface Capture {
  readonly tagName: string;
  readonly kind: "marker" | "note";
  readonly record: { at: number; text: string; marker: string };
  readonly target: TextTarget;
  /** Tags of the same name open inside, itself included. */
  depth: number;
}

/** One pass over a raw segment. With a map it also records where each character came from. */
class Scanner {
  readonly main: TextTarget;
  readonly footnotes: { at: number; text: string; marker: string }[] = [];
  readonly notes: string[] = [];
  readonly #raw: string;
  readonly #captures: Capture[] = [];
  /** Records of the captures: notes may be nested by the ten thousand, and looking through them all would be quadratic. */
  readonly #open = new Set<Capture["record"]>();
  #target: TextTarget;
  // Once a search for an end has failed it will fail again: asking each time would be quadratic.
  #commentsEnd = false;
  #supsEnd = false;

  constructor(raw: string, map: OffsetMap | null) {
    this.#raw = raw;
    this.main = new TextTarget(map);
    this.#target = this.main;
  }

  run(): void {
    const raw = this.#raw;
    let start = 0;
    let at = 0;
    while (at < raw.length) {
      const unit = classes[raw.charCodeAt(at)];
      if (unit === ORDINARY) {
        at++;
        continue;
      }
      // The usual single space between two words stays inside the stretch that is copied.
      if (raw.charCodeAt(at) === 0x20 && at > start && at + 1 < raw.length) {
        if (classes[raw.charCodeAt(at + 1)] === ORDINARY) {
          at += 2;
          continue;
        }
      }
      if (unit === ANGLE) {
        const end = this.#angle(at, start);
        if (end === at) at++;
        else start = at = end;
        continue;
      }
      if (unit === AMPERSAND) {
        const end = this.#entity(at, start);
        if (end === at) at++;
        else start = at = end;
        continue;
      }
      this.#flush(start, at);
      if (unit === WHITE) this.#target.gap(Gap.space, at);
      start = ++at;
    }
    this.#flush(start, raw.length);
    for (const capture of this.#captures.toReversed()) {
      this.#note(`${capture.kind === "note" ? "footnote" : "footnote marker"} not closed: taken to the end`);
      this.#store(capture);
    }
  }

  #note(what: string): void {
    if (this.notes.length < MAX_NOTES) this.notes.push(what);
  }

  #flush(start: number, end: number): void {
    if (end > start) this.#target.append(this.#raw.slice(start, end), start, end, true);
  }

  /** Returns where reading goes on; `at` itself when the `&` is text. */
  #entity(at: number, start: number): number {
    ENTITY.lastIndex = at;
    const match = ENTITY.exec(this.#raw);
    if (match === null) return at;
    const decoded = decodeHTMLStrict(match[0]);
    if (decoded === match[0]) return at;
    this.#flush(start, at);
    const end = at + match[0].length;
    const unit = decoded.length === 1 ? classes[decoded.charCodeAt(0)] : ORDINARY;
    if (unit === WHITE || decoded.trim() === "") this.#target.gap(Gap.space, at);
    else if (unit !== DROPPED) this.#target.append(decoded.trim(), at, end, false);
    return end;
  }

  /** Returns where reading goes on; `at` itself when the `<` is text. */
  #angle(at: number, start: number): number {
    const raw = this.#raw;
    if (raw.startsWith("<!--", at)) {
      const close = this.#commentsEnd ? -1 : raw.indexOf("-->", at + 4);
      if (close < 0) {
        this.#commentsEnd = true;
        this.#note("comment not closed: kept as text");
        return at;
      }
      this.#flush(start, at);
      return close + 3;
    }
    const reading = readTag(raw, at);
    if (reading.kind === "text") return at;
    if (reading.kind === "odd") {
      this.#note(`${reading.reason} ${JSON.stringify(reading.name)} at ${at}: kept as text`);
      return at;
    }
    const { tag } = reading;
    if (tag.brokenQuote) this.#note(`attribute quote not closed in ${JSON.stringify(tag.name)} at ${at}`);
    this.#flush(start, at);
    this.#tag(tag, at);
    return tag.end;
  }

  #tag(tag: Tag, at: number): void {
    if (tag.effect === "break") this.#target.gap(Gap.line, at);
    else if (tag.effect === "space") this.#target.gap(Gap.space, at);
    const top = this.#captures.at(-1);
    if (!tag.closing && !tag.selfClosing) {
      if (this.#begins(tag)) return;
      if (top?.tagName === tag.name) top.depth++;
    } else if (tag.closing && top?.tagName === tag.name && --top.depth === 0) {
      this.#captures.pop();
      this.#store(top);
      this.#target = this.#captures.at(-1)?.target ?? this.main;
    }
  }

  /** Begins a capture when the tag opens a footnote or its marker. */
  #begins(tag: Tag): boolean {
    if (tag.name === "i" && hasClass(tag.attributes, "footnote")) {
      const last = this.footnotes.at(-1);
      const at = this.main.text.length;
      const isMarked = last?.at === at && last.text === "" && last.marker !== "" && !this.#open.has(last);
      this.#capture("note", tag.name, isMarked ? last : null);
      return true;
    }
    const isMarker = hasClass(tag.attributes, "footnote-marker") || hasClass(tag.attributes, "endFootnote");
    if (tag.name !== "sup" || !isMarker) return false;
    SUP_CLOSE.lastIndex = tag.end;
    if (this.#supsEnd || !SUP_CLOSE.test(this.#raw)) {
      this.#supsEnd = true;
      this.#note("footnote marker not closed: its content is kept as text");
      return false;
    }
    this.#capture("marker", tag.name, null);
    return true;
  }

  #capture(kind: Capture["kind"], tagName: string, found: Capture["record"] | null): void {
    const record = found ?? { at: this.main.text.length, text: "", marker: "" };
    if (found === null) this.footnotes.push(record);
    const target = new TextTarget(null);
    this.main.noteTaken();
    this.#open.add(record);
    this.#captures.push({ tagName, kind, record, target, depth: 1 });
    this.#target = target;
  }

  #store(capture: Capture): void {
    this.#open.delete(capture.record);
    if (capture.kind === "marker") capture.record.marker = capture.target.text;
    else capture.record.text = capture.target.text;
  }
}

/** The clean text of a raw segment (see {@link CleanText}). No input makes it throw, and no text is dropped. */
export function cleanText(raw: string): CleanText {
  const scanner = new Scanner(raw, null);
  scanner.run();
  const text = scanner.main.text;
  let map: OffsetMap | null = null;
  return {
    text,
    footnotes: scanner.footnotes.filter((note) => note.text !== "" || note.marker !== ""),
    notes: scanner.notes,
    toRaw(offset) {
      if (text === raw) return Math.min(Math.max(0, offset), raw.length);
      // Most callers never ask, so the map is made by a second pass when somebody does.
      if (map === null) {
        map = new OffsetMap();
        new Scanner(raw, map).run();
      }
      return map.toRaw(offset, text.length);
    },
  };
}
