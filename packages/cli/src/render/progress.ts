import { systemClock, type Clock, type LiveHost, type RunEvent } from "@sofer/core";
import { PaceLine } from "./pace-line.ts";
import { bookFraction, RunState, type ActiveBook } from "./run-state.ts";
import { printable, printableLines } from "./printable.ts";
import { bytes, count, duration } from "./table.ts";

/** What we need of a terminal; `process.stderr` is one. */
export interface Terminal {
  /** 0 or undefined on some pseudo-terminals (`script` without a size, some CI): then 80 are assumed. */
  readonly columns?: number | undefined;
  /** As `columns`; lines that have scrolled away cannot be erased. */
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

/** At most ten drawings a second: more is work for nobody. */
const REDRAW_MS = 100;
/** The run, its pace, and books: it fits in half of the smallest usual terminal. */
const MAX_LINES = 12;
const BAR_CELLS = 24;
/** Narrower, a bar would leave no room for what it measures. */
const LEAST_FOR_BAR = 32;
/** An estimate from less than this is a guess. */
const ETA_AFTER_MS = 2_000;

function bar(fraction: number, cells: number): string {
  const full = Math.round(fraction * cells);
  return "█".repeat(full) + "░".repeat(cells - full);
}

function percent(fraction: number): string {
  return `${Math.floor(fraction * 100)}%`.padStart(4);
}

function activity(book: ActiveBook): number {
  return book.unitsDone + book.parcels > 0 ? 1 : 0;
}

/** First strong isolate, and its end: what stands between has a direction of its own. */
const ISOLATE = "\u2068";
const ISOLATE_END = "\u2069";
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]/;

/** Hebrew in a line would pull the numbers after it to its other side. */
function isolated(title: string): string {
  return RIGHT_TO_LEFT.test(title) ? `${ISOLATE}${title}${ISOLATE_END}` : title;
}

/** Cuts a line to the terminal's width: a wrapped line would spoil the next redraw. A letter keeps its marks. */
function cut(line: string, width: number): string {
  if (Bun.stringWidth(line) <= width) return line;
  let kept = "";
  for (const letter of line) {
    if (Bun.stringWidth(kept + letter) > width - 1) break;
    kept += letter;
  }
  const isOpen = kept.lastIndexOf(ISOLATE) > kept.lastIndexOf(ISOLATE_END);
  return `${kept}${isOpen ? ISOLATE_END : ""}${width < 2 ? "" : "…"}`;
}

/** One bar for the run with the time left, and one line per book that is being worked on; redrawn in place. */
export class ProgressView {
  readonly state = new RunState();
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #pace = new PaceLine();
  #hosts: () => readonly LiveHost[] = () => [];
  #fetchingSinceMs: number | null = null;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #drawnLines = 0;
  #isClosed = false;

  constructor(terminal: Terminal, clock: Clock = systemClock) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /** Where the pace is asked for; before, nothing is said of it. */
  watch(hosts: () => readonly LiveHost[]): void {
    this.#hosts = hosts;
  }

  handle(event: RunEvent): void {
    if (event.type === "plan-made") this.#fetchingSinceMs = this.#clock.monotonicMs();
    this.state.apply(event);
    this.tick();
  }

  /** Draws again if the last drawing is old enough. Call it a few times a second, so that the clock moves. */
  tick(): void {
    if (this.#isClosed || this.#clock.monotonicMs() - this.#drawnMs < REDRAW_MS) return;
    this.#draw();
  }

  /** A line that stays above the bars. */
  note(line: string): void {
    this.#erase();
    this.#terminal.write(`${printableLines(line)}\n`);
    this.#drawnMs = Number.NEGATIVE_INFINITY;
    this.tick();
  }

  /** Takes the bars away: the receipt follows. */
  close(): void {
    if (this.#isClosed) return;
    this.#erase();
    this.#isClosed = true;
  }

  /** The lines as they would be drawn now. */
  lines(): string[] {
    const columns = this.#terminal.columns ?? 0;
    // The last column stays free: some terminals wrap when it is written.
    const width = Math.max(1, (columns > 0 ? columns : 80) - 1);
    // Plans of all books come at once; those on which something has happened are the ones being worked on.
    const books = [...this.state.active.values()].toSorted((a, b) => activity(b) - activity(a));
    // The window's last line is the cursor's.
    const most = Math.max(1, Math.min(MAX_LINES, (this.#terminal.rows || 24) - 1));
    const lines = [this.#overall(width)];
    const pace = this.#pace.line(this.#hosts(), this.#clock.monotonicMs(), this.#clock.now());
    if (pace !== null) lines.push(`  ${pace}`);
    const room = Math.max(0, most - lines.length);
    const shown = books.length > room ? books.slice(0, Math.max(0, room - 1)) : books;
    for (const book of shown) {
      const fraction = bookFraction(book);
      lines.push(`  ${percent(fraction)}  ${isolated(printable(book.title))} · ${count(book.slots)} segments`);
    }
    if (shown.length < books.length) lines.push(`        and ${books.length - shown.length} more books`);
    return lines.slice(0, most).map((line) => cut(line, width));
  }

  #overall(width: number): string {
    const { state } = this;
    const elapsed = (this.#clock.monotonicMs() - this.#startedMs) / 1000;
    const fraction = state.fraction();
    if (fraction === null) return `${state.phase} · ${duration(elapsed)}`;
    if (width < LEAST_FOR_BAR) return `${percent(fraction).trim()} ${state.completed}/${state.books}`;
    const cells = Math.min(BAR_CELLS, Math.floor(width / 4));
    const failed = state.failed === 0 ? "" : ` · ${count(state.failed)} failed`;
    const phase = state.phase === "fetching" ? "" : ` · ${printable(state.phase)}`;
    const left = this.#secondsLeft(fraction);
    const eta = left === null ? duration(elapsed) : `${duration(left)} left`;
    const books = `${count(state.completed)}/${count(state.books)} books`;
    return `${bar(fraction, cells)} ${percent(fraction).trim()} · ${eta} · ${books} · ${count(state.stored)} texts · ${bytes(state.bytes)}${failed}${phase}`;
  }

  #secondsLeft(fraction: number): number | null {
    if (this.#fetchingSinceMs === null || fraction <= 0 || fraction >= 1) return null;
    const spentMs = this.#clock.monotonicMs() - this.#fetchingSinceMs;
    return spentMs < ETA_AFTER_MS ? null : ((spentMs / fraction) * (1 - fraction)) / 1000;
  }

  #draw(): void {
    const lines = this.lines();
    this.#terminal.write(`${this.#eraseCodes()}${lines.join("\n")}\n`);
    this.#drawnLines = lines.length;
    this.#drawnMs = this.#clock.monotonicMs();
  }

  #erase(): void {
    const codes = this.#eraseCodes();
    if (codes !== "") this.#terminal.write(codes);
    this.#drawnLines = 0;
  }

  /** Up over what was drawn, and clear from there to the end of the screen. */
  #eraseCodes(): string {
    return this.#drawnLines === 0 ? "" : `\x1b[${this.#drawnLines}A\r\x1b[J`;
  }
}
