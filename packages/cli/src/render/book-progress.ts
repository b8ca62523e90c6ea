import type { Settings } from "@sofer/core";
import type { Messages } from "./messages.ts";
import { printable } from "./printable.ts";
import { count } from "./table.ts";

/** Fewer books are done before anybody wonders. */
const LEAST_BOOKS = 20;
/** Lines that a log gets of one pass, however many books there are. */
const LOG_LINES = 10;

/** Progress of a pass over books, on stderr: one line that is written over on a terminal, a few lines in a log. */
export class BookProgress {
  readonly #done: string;
  readonly #total: number;
  readonly #isShown: boolean;
  readonly #messages: Messages;
  #begun = 0;

  /** @param done what was done with the books: "verified" */
  constructor(done: string, total: number, settings: Pick<Settings, "quiet">, messages: Messages) {
    this.#done = done;
    this.#total = total;
    this.#isShown = !settings.quiet && total >= LEAST_BOOKS;
    this.#messages = messages;
  }

  /** A book is begun. */
  book(title: string): void {
    const finished = this.#begun++;
    if (!this.#isShown) return;
    const line = `${this.#done} ${count(finished)} of ${count(this.#total)} books`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}: ${printable(title)}`);
    else if (finished > 0 && finished % Math.ceil(this.#total / LOG_LINES) === 0) this.#messages.info(line);
  }

  close(): void {
    if (this.#isShown && process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}
