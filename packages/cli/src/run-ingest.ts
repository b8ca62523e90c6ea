import { ExitCode, SoferError, type Settings } from "@sofer/core";
import type { AtRest, Receipt } from "@sofer/engine";
import type { Messages } from "./render/messages.ts";
import { Output } from "./render/output.ts";
import { renderReceipt } from "./render/receipt.ts";
import { count } from "./render/table.ts";
import { openRunView } from "./render/run-view.ts";
import { openRunApi, steeringLine, type RunApi } from "./serve-run.ts";
import { watchSignals } from "./signals.ts";

const EXIT_CODES: Readonly<Record<Receipt["outcome"], ExitCode>> = {
  whole: ExitCode.whole,
  failures: ExitCode.failures,
  interrupted: ExitCode.interrupted,
  stopped: ExitCode.failures,
};

/** Titles that the first line names. */
const NAMED_TITLES = 3;

/** How a run is not an ordinary one. */
export interface RoadExtras {
  /** The titles are those of failures. */
  readonly isRetry?: boolean;
  readonly afterwards?: {
    /** Loads what it takes, while a run is finished. */
    prepare(): void;
    /** Once the receipt is printed of a run that was not stopped; `signal` is aborted when the user wants an end. */
    bring(rest: AtRest, signal: AbortSignal): Promise<void>;
  };
}

/** One run with everything around it: signals, progress, logs, the receipt and the exit code. */
export async function ingestWith(settings: Settings, messages: Messages, extras: RoadExtras = {}): Promise<ExitCode> {
  return EXIT_CODES[(await runRoad(settings, messages, true, extras)).outcome];
}

/** Said at once: until the contents are read there is nothing else to say, and that may be a request away. */
function beginningLine({ titles, library }: Settings): string {
  const more = titles.length - NAMED_TITLES;
  const named = titles.slice(0, NAMED_TITLES).join(", ");
  return `bringing ${more > 0 ? `${named} and ${count(more)} more` : named} into ${library}`;
}

function printReceipt(settings: Settings, receipt: Receipt): void {
  const output = new Output();
  if (settings.json) output.json({ type: "receipt", ...receipt });
  else output.line(renderReceipt(receipt));
  // The exit code speaks of the run, whether or not anybody reads the receipt.
  output.flushOrGone();
}

/**
 * @param isResult the receipt is what was asked for, and goes to stdout; events do with --json.
 */
export async function runRoad(
  settings: Settings,
  messages: Messages,
  isResult: boolean,
  { isRetry = false, afterwards }: RoadExtras = {},
): Promise<Receipt> {
  const [{ composeRoad, workerCommand }, { checkWords }, { EarlyStart }] = await Promise.all([
    import("./compose.ts"),
    import("@sofer/engine/settings"),
    import("@sofer/engine/early"),
  ]);
  const road = await composeRoad(settings);
  checkWords(settings);
  const graceful = new AbortController();
  const lost: SoferError[] = [];
  const view = openRunView(isResult ? settings : { ...settings, json: false }, messages, (error) => {
    lost.push(error);
    graceful.abort(error);
  });
  const interrupted = (signal: string) => {
    view.say(`${signal}: finishing what is in flight; once more ends at once`);
    graceful.abort(new SoferError("interrupted", `stopped by ${signal}`));
  };
  let api: RunApi | null = null;
  // Said even when little is to be said: where the API is, and why nothing happens.
  const sayAnyway = (line: string) => (settings.quiet ? messages.error(line) : view.say(line));
  const hard = new AbortController();
  const signals = watchSignals(interrupted, () => {
    hard.abort(new SoferError("interrupted", "stopped at once"));
    view.close();
  });
  const early = new EarlyStart(workerCommand());
  let isSaid = false;
  const say = (receipt: Receipt) => {
    if (isSaid) return;
    isSaid = true;
    view.close();
    if (isResult) printReceipt(settings, receipt);
    else messages.info(renderReceipt(receipt));
  };
  try {
    view.begin(isResult && !isRetry && !settings.demo ? beginningLine(settings) : null);
    // Half of all modules come when everything is known to be right and something has been said; in two steps, between
    // which the loop turns: together they hold it for 100 ms on a busy machine.
    await import("@sofer/store/run");
    const { runIngest } = await import("@sofer/engine/ingest");
    api = await openRunApi(settings, sayAnyway);
    const receipt = await runIngest({
      ...road,
      early,
      isRetry,
      workerCommand: workerCommand(),
      onEvent(event, stamp) {
        view.listen(event, stamp);
        api?.listen(event, stamp);
        const line = settings.json ? null : steeringLine(event);
        if (line === null) return;
        if (event.type === "run-paused") sayAnyway(line);
        else view.say(line);
      },
      async onControl(control, runId) {
        view.watch(() => control.snapshot().hosts);
        return (await api?.begin(control, runId)) ?? null;
      },
      ...(afterwards && {
        afterwards: {
          prepare: () => afterwards.prepare(),
          async bring(receipt: Receipt, rest: AtRest) {
            say(receipt);
            await afterwards.bring(rest, graceful.signal);
          },
        },
      }),
      onStopAsked: () => graceful.abort(new SoferError("interrupted", "stopped through the status API")),
      onSent: view.sent,
      signal: graceful.signal,
      hardStop: hard.signal,
    });
    say(receipt);
    // What was asked to be written down was not: the run ended early for it, with what it had.
    for (const error of lost) throw error;
    return receipt;
  } catch (thrown) {
    // What failed after the run's end is not the run's.
    if (!isSaid) view.stopped(thrown);
    throw thrown;
  } finally {
    early.end();
    await api?.end();
    signals.dispose();
    view.close();
  }
}
