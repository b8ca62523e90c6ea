import {
  isKept,
  SoferError,
  toPlainError,
  type LiveHost,
  type RunEvent,
  type Settings,
  type StampedListener,
} from "@sofer/core";
import type { SentRequest } from "@sofer/engine";
import { isAtLeast, openLogFile, type LogLevel } from "../log-file.ts";
import { failedPlace, failureLine } from "./failures.ts";
import type { Messages } from "./messages.ts";
import { effortCutLine, Milestones } from "./milestones.ts";
import { Output } from "./output.ts";
import { ProgressView } from "./progress.ts";

/** The clock on the bar moves at this rate even when nothing happens. */
const TICK_MS = 250;

/** Where the events of a run go: terminal or milestone lines, JSON lines, log files. */
export interface RunView {
  readonly listen: StampedListener;
  /** Shows at once that something begins, by the bars or by this line; null: it was said already. */
  begin(line: string | null): void;
  /** Requests as they were sent (`--request-log`). */
  readonly sent: (requests: readonly SentRequest[]) => void;
  /** Where the pace is asked for, for the bars; from when the run can tell. */
  watch(hosts: () => readonly LiveHost[]): void;
  /** A message that must not fall between the bars. */
  say(line: string): void;
  /** The run ends because of this error, which the error log has too. */
  stopped(thrown: unknown): void;
  close(): void;
}

/** `warn` and above is what --error-log-file holds. */
function levelOf(event: RunEvent): LogLevel {
  if (event.type === "unit-failed") return "error";
  if (event.type === "worker-lost" || event.type === "host-refused") return "warn";
  return isKept(event) ? "info" : "debug";
}

/** Where in the run it happened, under the same names in every line. */
function placeOf(event: RunEvent): { readonly unit?: string; readonly book?: string } {
  return {
    ...("unitId" in event ? { unit: event.unitId } : {}),
    ...("title" in event ? { book: event.title } : {}),
  };
}

/** Times have one form in a log: an event's own `at` is the line's. */
function eventFields(event: RunEvent): object {
  if (!("at" in event)) return event;
  const { at: _at, ...fields } = event;
  return fields;
}

/**
 * @param onLost a log file, or a file that stdout goes to, cannot be written any more: what happens from then on is missing in it
 * @throws SoferError `usage` when a log file cannot be opened
 */
export function openRunView(settings: Settings, messages: Messages, onLost: (error: SoferError) => void): RunView {
  const rotation = { maxBytes: settings.logMaxMb * 1024 * 1024, files: settings.logFiles };
  const log = openLogFile(settings.logFile, "log-file", onLost, rotation);
  const errorLog = openLogFile(settings.errorLogFile, "error-log-file", onLost, rotation);
  const requestLog = openLogFile(settings.requestLog, "request-log", onLost);
  let output = settings.json ? new Output() : null;
  const isShown = !settings.quiet && !settings.json;
  const bars = isShown && process.stderr.isTTY ? new ProgressView(process.stderr) : null;
  const milestones = isShown && bars === null ? new Milestones((line) => messages.info(line)) : null;
  const timer = bars === null ? null : setInterval(() => bars.tick(), TICK_MS);
  const tell = (to: Output, event: RunEvent): boolean => {
    to.json(event);
    try {
      // A reader that had enough of the events does not end the run.
      return to.flushOrGone();
    } catch (error) {
      if (!(error instanceof SoferError)) throw error;
      onLost(error);
      return false;
    }
  };
  const logVerbosely = (event: RunEvent) => {
    if (bars === null) messages.detail(JSON.stringify(event));
    else bars.note(JSON.stringify(event));
  };
  return {
    listen(event, { runId: run, seq, at }) {
      const level = levelOf(event);
      const line = { at: new Date(at).toISOString(), level, run, seq, ...placeOf(event), ...eventFields(event) };
      if (isAtLeast(level, settings.logLevel)) log?.write(line);
      if (isAtLeast(level, "warn")) errorLog?.write(line);
      if (output !== null && !tell(output, event)) output = null;
      bars?.handle(event);
      if (bars !== null && event.type === "effort-cut") bars.note(effortCutLine(event));
      if (bars !== null && event.type === "unit-failed") {
        bars.note(failureLine(failedPlace(event), "failed", event.error.message));
      }
      milestones?.handle(event);
      if (settings.verbose && isShown) logVerbosely(event);
    },
    begin(line) {
      bars?.tick();
      if (milestones !== null && line !== null) messages.info(line);
    },
    sent(requests) {
      if (requestLog !== null) for (const request of requests) requestLog.write(request);
    },
    watch(hosts) {
      bars?.watch(hosts);
    },
    say(line) {
      if (bars === null) messages.info(line);
      else bars.note(line);
    },
    stopped(thrown) {
      errorLog?.write({ at: new Date().toISOString(), type: "run-stopped", error: toPlainError(thrown) });
    },
    close() {
      if (timer !== null) clearInterval(timer);
      bars?.close();
      milestones?.close();
      log?.close();
      errorLog?.close();
      requestLog?.close();
    },
  };
}
