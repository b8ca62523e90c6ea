import { systemClock, type Clock, type Settings } from "@sofer/core";
import type { Messages } from "./messages.ts";
import { count } from "./table.ts";

/** A terminal's line is written anew so often at most, and a log gets a line so often. */
const TERMINAL_MS = 200;
const LOG_MS = 10_000;

/** How far a stage is, on stderr: one line that is written over on a terminal, a line now and then in a log. */
export class StageProgress {
  readonly #done: string;
  readonly #messages: Messages;
  readonly #isQuiet: boolean;
  readonly #clock: Clock;
  #toldMs: number;
  #hasLine = false;

  /** @param done what is done with chunks: "embedded" */
  constructor(done: string, { quiet, json }: Settings, messages: Messages, clock: Clock = systemClock) {
    this.#done = done;
    this.#messages = messages;
    this.#isQuiet = quiet || json;
    this.#clock = clock;
    this.#toldMs = clock.monotonicMs();
  }

  at(chunks: number, ofChunks: number): void {
    if (this.#isQuiet) return;
    const isTerminal = process.stderr.isTTY;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldMs < (isTerminal ? TERMINAL_MS : LOG_MS)) return;
    this.#toldMs = nowMs;
    const line = `${this.#done}: looked at ${count(chunks)} of ${count(Math.max(chunks, ofChunks))} chunks`;
    if (isTerminal) {
      this.#hasLine = true;
      process.stderr.write(`\r\x1b[K${line}`);
    } else this.#messages.info(line);
  }

  close(): void {
    if (this.#hasLine) process.stderr.write("\r\x1b[K");
    this.#hasLine = false;
  }
}
