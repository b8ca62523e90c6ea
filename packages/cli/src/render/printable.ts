/**
 * Text of others on a terminal. Titles, messages and texts come from a host, and what they hold may be obeyed by whatever
 * shows them: an escape sequence moves the cursor, sets the window's title or fills the clipboard; a line break begins a
 * line that looks like one of ours; a direction mark turns the rest of the line around. They are shown as what they are.
 */

/** Longest piece of somebody else's text in a line of ours. */
const MOST_LETTERS = 1_000;

/** C0 without tab and line feed, DEL, C1; separators of lines; what turns or isolates directions; halves of pairs. */
const UNSAFE = /(?![\t\n])\p{Cc}|[\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu;

/** Of these JSON escapes all but DEL, C1 by itself; some terminals obey those. */
const UNSAFE_IN_JSON = /[\u007f-\u009f]/g;

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Lines as they are, with nothing in them that a terminal would obey. */
export function printableLines(text: string): string {
  // A carriage return before a line feed is a line's end.
  return text.replaceAll("\r\n", "\n").replace(UNSAFE, escaped);
}

/** One line, and not an endless one, for a piece of text inside a line of ours. */
export function printable(text: string): string {
  const short = text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS).replace(/[\ud800-\udbff]$/, "")}…`;
  return printableLines(short.replaceAll(/\s*[\r\n\u2028\u2029]\s*/g, " ").trim());
}

/** JSON of one line: the same value, without what a terminal would obey. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, escaped);
}
