import { createConsola } from "consola/core";
import { ExitCode, SoferError } from "@sofer/core";
import { createLineWriter } from "./line-writer.ts";
import { printable, printableLines } from "./printable.ts";

/** What we tell people, all of it on stderr: stdout belongs to results. */
export interface Messages {
  info(line: string): void;
  /** Only with --verbose. */
  detail(line: string): void;
  warn(line: string): void;
  /** A line whatever the settings: errors. */
  error(line: string): void;
}

/** The reader has gone (`2>&1 | head`), the terminal was closed, the disk of `2> file` is full. */
const UNREAD: ReadonlySet<unknown> = new Set(["EPIPE", "EIO", "ENOSPC"]);

/** Messages that nobody reads any more end nothing. */
function ignoreUnread(error: Error): void {
  if (!("code" in error) || !UNREAD.has(error.code)) throw error;
}

let isListenedTo = false;

/**
 * stderr, first asked for when there is something to say: the stream costs 10 ms, and a page of help goes to stdout. Whoever
 * writes to `process.stderr` itself does it while a verb runs, whose messages have asked here before.
 */
export function standardError(): NodeJS.WriteStream {
  if (!isListenedTo) process.stderr.on("error", ignoreUnread);
  isListenedTo = true;
  return process.stderr;
}

/**
 * consola writes `info` to stdout unless told otherwise, and would decorate lines for CI: its reporter is ours. Only its
 * core is loaded: the rest opens stdout and stderr as streams, 15 ms before each verb.
 */
export function createMessages(options: { isQuiet: boolean; isVerbose: boolean }): Messages {
  const say = createLineWriter(standardError());
  const reporter = { log: (entry: { args: unknown[] }) => say(printableLines(entry.args.map(String).join(" "))) };
  // Levels of consola: 0 error, 1 warn, 3 info, 4 debug.
  const level = options.isQuiet ? 0 : options.isVerbose ? 4 : 3;
  const consola = createConsola({ level, reporters: [reporter], throttle: 0 });
  return {
    info: (line) => consola.info(line),
    detail: (line) => consola.debug(line),
    warn: (line) => consola.warn(line),
    error: write,
  };
}

function write(lines: string): void {
  standardError().write(`${printableLines(lines)}\n`);
}

/** `sofer: message (hint)`: one line, whatever was thrown. */
export function errorLine(thrown: unknown): string {
  if (thrown instanceof SoferError) {
    return `sofer: ${printable(thrown.message)}${thrown.hint === "" ? "" : ` (${printable(thrown.hint)})`}`;
  }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return `sofer: unexpected: ${printable(message)} (--verbose shows where)`;
}

export function exitCodeOf(thrown: unknown): ExitCode {
  return thrown instanceof SoferError ? thrown.exitCode : ExitCode.failures;
}

/** The error's line and, with --verbose, where it came from; wrong usage came from the words typed, and needs no stack. */
export function reportError(thrown: unknown, isVerbose: boolean): void {
  const lines = [errorLine(thrown)];
  const isUsage = thrown instanceof SoferError && thrown.exitCode === ExitCode.usage;
  if (isVerbose && !isUsage && thrown instanceof Error) {
    for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth++) {
      lines.push(error.stack ?? error.message);
    }
  }
  write(lines.join("\n"));
}
