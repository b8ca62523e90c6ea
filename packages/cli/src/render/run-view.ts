import { SoferError, type EventListener, type RunEvent, type Settings } from "@sofer/core";
import type { SentRequest } from "@sofer/engine";
import { openLogFile } from "../log-file.ts";
import type { Messages } from "./messages.ts";
import { effortCutLine, Milestones } from "./milestones.ts";
import { Output } from "./output.ts";
import { ProgressView } from "./progress.ts";

/** The clock on the bar moves at this rate even when nothing happens. */
const TICK_MS = 250;

/** Where the events of a run go: terminal or milestone lines, JSON lines, log files. */
export interface RunView {
  readonly listen: EventListener;
  /** Requests as they were sent (`--request-log`). */
  readonly sent: (requests: readonly SentRequest[]) => void;
  /** A message that must not fall between the bars. */
  say(line: string): void;
  close(): void;
}

function isFailure(event: RunEvent): boolean {
  return event.type === "unit-failed" || event.type === "worker-lost" || event.type === "host-refused";
}

/**
 * @param onLost a log file, or a file that stdout goes to, cannot be written any more: what happens from then on is missing in it
 * @throws SoferError `usage` when a log file cannot be opened
 */
export function openRunView(settings: Settings, messages: Messages, onLost: (error: SoferError) => void): RunView {
  const log = openLogFile(settings.logFile, "log-file", onLost);
  const errorLog = openLogFile(settings.errorLogFile, "error-log-file", onLost);
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
    listen(event) {
      const stamped = { at: new Date().toISOString(), ...event };
      log?.write(stamped);
      if (isFailure(event)) errorLog?.write(stamped);
      if (output !== null && !tell(output, event)) output = null;
      bars?.handle(event);
      if (bars !== null && event.type === "effort-cut") bars.note(effortCutLine(event));
      if (bars !== null && event.type === "unit-failed") bars.note(`${event.title}: failed: ${event.error.message}`);
      milestones?.handle(event);
      if (settings.verbose && isShown) logVerbosely(event);
    },
    sent(requests) {
      if (requestLog !== null) for (const request of requests) requestLog.write(request);
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
      requestLog?.close();
    },
  };
}
