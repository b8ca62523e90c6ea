import { closeSync, openSync, writeSync } from "node:fs";
import { SoferError, type EventListener, type RunEvent, type Settings } from "@sofer/core";
import type { Messages } from "./messages.ts";
import { Milestones } from "./milestones.ts";
import { Output } from "./output.ts";
import { ProgressView } from "./progress.ts";

/** The clock on the bar moves at this rate even when nothing happens. */
const TICK_MS = 250;

/** Where the events of a run go: terminal or milestone lines, JSON lines, log files. */
export interface RunView {
  readonly listen: EventListener;
  /** A message that must not fall between the bars. */
  say(line: string): void;
  close(): void;
}

interface LogFile {
  write(value: unknown): void;
  close(): void;
}

function openLog(path: string | null, flag: string): LogFile | null {
  if (path === null) return null;
  try {
    const file = openSync(path, "a");
    return {
      write: (value) => void writeSync(file, `${JSON.stringify(value)}\n`),
      close: () => closeSync(file),
    };
  } catch (error) {
    throw new SoferError("usage", `--${flag} ${path} cannot be written`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

function isFailure(event: RunEvent): boolean {
  return event.type === "unit-failed" || event.type === "worker-lost" || event.type === "host-refused";
}

/** @throws SoferError `usage` when a log file cannot be written */
export function openRunView(settings: Settings, messages: Messages): RunView {
  const log = openLog(settings.logFile, "log-file");
  const errorLog = openLog(settings.errorLogFile, "error-log-file");
  const output = settings.json ? new Output() : null;
  const isShown = !settings.quiet && !settings.json;
  const bars = isShown && process.stderr.isTTY ? new ProgressView(process.stderr) : null;
  const milestones = isShown && bars === null ? new Milestones((line) => messages.info(line)) : null;
  const timer = bars === null ? null : setInterval(() => bars.tick(), TICK_MS);
  return {
    listen(event) {
      const stamped = { at: new Date().toISOString(), ...event };
      log?.write(stamped);
      if (isFailure(event)) errorLog?.write(stamped);
      if (output !== null) {
        output.json(event);
        output.flush();
      }
      bars?.handle(event);
      if (bars !== null && event.type === "unit-failed") bars.note(`${event.title}: failed: ${event.error.message}`);
      milestones?.handle(event);
      if (settings.verbose && milestones === null && bars === null) messages.detail(JSON.stringify(event));
    },
    say(line) {
      if (bars === null) messages.info(line);
      else bars.note(line);
    },
    close() {
      if (timer !== null) clearInterval(timer);
      bars?.close();
      milestones?.close();
      log?.close();
      errorLog?.close();
    },
  };
}
