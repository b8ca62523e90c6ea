import { writeSync } from "node:fs";
import { SoferError } from "@sofer/core";
import { printableJson, printableLines } from "./printable.ts";

/** Bytes gathered before a write: one system call for some hundred lines, and `| head` still ends us at once. */
const BUFFER_BYTES = 64 * 1024;

/** The reader of our stdout went away (`| head`): not an error of ours, the verb ends quietly. */
export class ReaderGone extends Error {
  override readonly name = "ReaderGone";
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}

/**
 * Results, on stdout. Writes are synchronous: a slow reader slows us down instead of filling our memory, and a reader
 * that has gone away is known at the next write.
 */
export class Output {
  #pending: string[] = [];
  #pendingBytes = 0;
  readonly #descriptor: number;

  constructor(descriptor = 1) {
    this.#descriptor = descriptor;
  }

  line(text: string): void {
    this.#write(printableLines(text));
  }

  /** A line of ours with escape sequences of ours; whatever is somebody else's in it is printable already. */
  styledLine(text: string): void {
    this.#write(text);
  }

  json(value: unknown): void {
    this.#write(printableJson(JSON.stringify(value)));
  }

  #write(text: string): void {
    this.#pending.push(text, "\n");
    this.#pendingBytes += text.length + 1;
    if (this.#pendingBytes >= BUFFER_BYTES) this.flush();
  }

  /** Writes what is pending. False when the reader is gone: for work that goes on without one. */
  flushOrGone(): boolean {
    try {
      this.flush();
      return true;
    } catch (error) {
      if (error instanceof ReaderGone) return false;
      throw error;
    }
  }

  /** @throws ReaderGone, SoferError `disk` */
  flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(this.#pending.join(""));
    this.#pending = [];
    this.#pendingBytes = 0;
    let at = 0;
    while (at < bytes.length) {
      try {
        at += writeSync(this.#descriptor, bytes, at);
      } catch (error) {
        if (hasCode(error, "EPIPE")) throw new ReaderGone("stdout was closed", { cause: error });
        if (hasCode(error, "ENOSPC") || hasCode(error, "EDQUOT") || hasCode(error, "EFBIG")) {
          throw new SoferError("disk", "no room left where stdout goes to", {
            hint: "free some room and run it again; the library is as it was left",
            cause: error,
          });
        }
        // A pipe that another program made non-blocking is full: wait a little, as a blocking one would.
        if (!hasCode(error, "EAGAIN")) throw error;
        Bun.sleepSync(2);
      }
    }
  }
}
