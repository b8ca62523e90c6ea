/** A record that is longer is taken for a quote that was never closed; the longest real one has a few hundred letters. */
const MAX_RECORD = 1_000_000;
const QUOTE = 0x22;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** What is wrong with a table, and where. */
export class CsvError extends Error {
  override readonly name = "CsvError";
}

/**
 * A strict reader of comma-separated records (RFC 4180), fed with text as it comes. Records end with LF or CRLF, empty
 * lines are none, a byte order mark at the beginning is dropped. Fields are not counted. A quote inside a field without
 * quotes, text after a closing quote, and a quote that is never closed are errors. (M: 5 to 10 times as fast as csv-parse,
 * which is the oracle of its tests and took longer to read the links' 600 MB than they take to come.)
 */
export class CsvReader {
  #rest = "";
  #isStarted = false;
  #line = 1;

  /** Records that end in this text. @throws CsvError */
  push(text: string): string[][] {
    let all = this.#rest === "" ? text : this.#rest + text;
    if (!this.#isStarted && all !== "") {
      this.#isStarted = true;
      if (all.charCodeAt(0) === 0xfeff) all = all.slice(1);
    }
    const records: string[][] = [];
    let at = 0;
    // Looked for once, not once for each line: most lines have none.
    let quote = all.indexOf('"');
    while (at < all.length) {
      const end = all.indexOf("\n", at);
      if (end < 0) break;
      if (quote >= 0 && quote < at) quote = all.indexOf('"', at);
      if (quote < 0 || quote > end) {
        const line = all.slice(at, all.charCodeAt(end - 1) === RETURN && end > at ? end - 1 : end);
        if (line !== "") records.push(line.split(","));
        at = end + 1;
        this.#line++;
        continue;
      }
      const next = this.#quoted(all, at, records);
      if (next < 0) break;
      at = next;
    }
    this.#rest = all.slice(at);
    if (this.#rest.length > MAX_RECORD) throw this.#error("a quote is not closed, or a record never ends");
    return records;
  }

  /** The record that no line break ended. @throws CsvError */
  end(): string[][] {
    if (this.#rest === "") return [];
    const records = this.push("\n");
    if (this.#rest !== "") throw this.#error("a quote is not closed");
    return records;
  }

  /**
   * Reads one record that has quotes.
   * @returns where the next record begins, or -1 when this one does not end here.
   */
  #quoted(all: string, start: number, records: string[][]): number {
    const fields: string[] = [];
    let at = start;
    for (;;) {
      let field: string;
      if (all.charCodeAt(at) === QUOTE) {
        const close = closingQuote(all, at + 1);
        if (close < 0) return -1;
        field = all.slice(at + 1, close).replaceAll('""', '"');
        at = close + 1;
      } else {
        const end = fieldEnd(all, at);
        field = all.slice(at, end);
        if (field.includes('"')) throw this.#error("a quote in the middle of a field");
        at = end;
      }
      fields.push(field);
      if (all.charCodeAt(at) === COMMA) {
        at++;
        continue;
      }
      if (all.charCodeAt(at) === RETURN && all.charCodeAt(at + 1) === NEWLINE) at++;
      if (all.charCodeAt(at) === NEWLINE) break;
      // The second quote, or the second half of a line break, may still be to come.
      if (at >= all.length || (at + 1 >= all.length && all.charCodeAt(at) === RETURN)) return -1;
      throw this.#error("text after a closing quote");
    }
    records.push(fields);
    for (let mark = all.indexOf("\n", start); mark >= 0 && mark <= at; mark = all.indexOf("\n", mark + 1)) this.#line++;
    return at + 1;
  }

  #error(what: string): CsvError {
    return new CsvError(`${what} (line ${this.#line})`);
  }
}

/** The quote that closes a field, not one of two; -1 when it is not here, or may yet be the first of two. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (at + 1 >= text.length) return -1;
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
  }
  return -1;
}

/** End of a field without quotes: the comma, or the line break. */
function fieldEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === COMMA || unit === NEWLINE) return at;
    if (unit === RETURN && text.charCodeAt(at + 1) === NEWLINE) return at;
  }
  return text.length;
}
