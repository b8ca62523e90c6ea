import { availableParallelism } from "node:os";
import { ADDRESS_META, CONTROL_META, controlOf, systemClock, type ContentsEntry, type ControlState } from "@sofer/core";
import { lockLibrary, migrateLibrary, openLibrary, PaceBook, type FailureRow } from "@sofer/store/run";
import { aTurn } from "./breath.ts";
import { bringByBucket, type BucketReport } from "./bucket/run-bucket.ts";
import { RunControl } from "./control.ts";
import { Coordinator } from "./coordinator.ts";
import { coverBooks, type CoveredBook } from "./covered-books.ts";
import { DiskGuard } from "./disk-room.ts";
import { nameMissing } from "./failures.ts";
import { finishRun } from "./finish-run.ts";
import { Journal } from "./journal.ts";
import { fitOpenFiles, openFilesLimit } from "./open-files.ts";
import { makeReceipt, type Outcome, type Receipt } from "./receipt.ts";
import { failedTitles, retryAsked } from "./retry-asked.ts";
import { chooseRoute, contentsSource, type Route } from "./route.ts";
import type { IngestOptions, RunOptions } from "./run-options.ts";
import {
  checkWords,
  effortOf,
  othersAfterMs,
  paceFileOf,
  paceOnHost,
  paceSettingsOf,
  repaced,
  retriesOf,
  wishOf,
  workerSettingsOf,
} from "./run-settings.ts";
import { bringByService } from "./service/run-service.ts";
import { strategyOf } from "./strategy/strategy.ts";
import { sourceFailed, unreachable } from "./unreachable.ts";
import { wantedBooks } from "./wanted-books.ts";

/**
 * The main job, read aloud: contents -> titles -> outlines -> plan minus holdings -> texts -> chunks -> index ->
 * receipt. The numbered data flow is in docs/architecture.md.
 */
export async function runIngest(run: RunOptions): Promise<Receipt> {
  const { settings, libraryPath } = run;
  let coordinator: Coordinator | undefined;
  const journal = new Journal({
    onEvent: run.onEvent,
    record: (events) => coordinator?.writer.call("recordEvents", events) ?? Promise.resolve(),
    onLost: (thrown) => coordinator?.fail(thrown),
  });
  const onEvent = journal.listen;
  const options: IngestOptions = { ...run, onEvent };
  const startedMs = systemClock.monotonicMs();
  // Wrong usage is found before anything is locked.
  checkWords(settings);
  const wish = wishOf(settings);
  const strategy = strategyOf(settings.strategy);
  const lock = lockLibrary(libraryPath);
  const paceBook = new PaceBook(paceFileOf(settings));
  let asking = contentsSource(settings);
  try {
    // Loading the modules took one long stretch of the loop; making the library and starting its writer are two more.
    await aTurn();
    const openFiles = openFilesLimit();
    const wanted = effortOf(settings, availableParallelism());
    const fitted = fitOpenFiles(wanted, openFiles, settings.demo);
    const { maxWorkers, maxConcurrentRequests, maxUnits } = strategy.effort(fitted);
    const road = new Coordinator({
      libraryPath,
      workerCommand: options.workerCommand,
      early: run.early,
      maxWorkers,
      othersAfterMs: othersAfterMs(settings),
      workerSettings: { ...workerSettingsOf(settings, { maxWorkers, maxConcurrentRequests }), maxUnits },
      retries: { ...retriesOf(settings), textsRetryInPlace: strategy.retriesInPlace },
      maxOutageMs: settings.maxOutage * 1000,
      paceOn: (host) => paceOnHost(repaced(settings, control.ratePerSecond), host, asking),
      paceLedger: paceBook,
      onEvent,
      onSent: options.onSent ?? (() => undefined),
      checkDisk: () => guard.look(),
    });
    coordinator = road;
    // Both take longer to start than the library to be made.
    road.warmUp();
    await aTurn();
    const isNew = migrateLibrary(libraryPath).from === 0;
    await aTurn();
    const kept = keptControl(libraryPath);
    const guard = new DiskGuard(libraryPath, settings.ignoreDiskSpace, systemClock);
    await road.writer.open(libraryPath);
    const runId = await road.writer.call("startRun", JSON.stringify(settings), Date.now());
    const startedAt = Date.now();
    journal.begin(runId);
    await road.writer.call("clearStaged");
    onEvent({ type: "run-started", runId, library: libraryPath, at: Date.now() });
    road.begin(runId, earlierFailures(libraryPath));
    // Into any other there may be nothing to be brought.
    if (isNew) road.writer.expectRows();
    if (openFiles !== null && fitted !== wanted) {
      onEvent({ type: "effort-cut", openFiles, maxWorkers, maxConcurrentRequests });
    }
    const onStop = () => road.stop("interrupted");
    options.signal.addEventListener("abort", onStop, { once: true });
    options.hardStop?.addEventListener("abort", () => road.kill(), { once: true });
    if (options.signal.aborted) onStop();
    let outcome: Outcome = "stopped";
    let titles: ReadonlySet<string> = new Set();
    let report: BucketReport = { dropped: [], beyond: [] };
    let route: Route = chooseRoute(settings, 0);
    let failure: { readonly thrown: unknown } | null = null;
    let receipt: Receipt | undefined;
    let covered: readonly CoveredBook[] | null = null;
    const control = new RunControl({
      road,
      kept,
      maxWorkers,
      checkRate: (rate) => void paceSettingsOf(repaced(settings, rate)),
      stop: () => run.onStopAsked?.(),
      failedTitles: (filter) => failedTitles(libraryPath, titles, filter),
      onEvent,
      clock: systemClock,
    });
    const ends = { libraryPath, road, onEvent };
    try {
      control.begin();
      const address = (await run.onControl?.(control, runId)) ?? null;
      if (address !== null) await road.writer.call("saveMeta", ADDRESS_META, address);
      const { entries, contents, reader } = await wantedBooks(options, road);
      titles = new Set(entries.map((entry) => entry.title));
      route = chooseRoute(settings, entries.length);
      if (reader === null && route.source === "bucket") route = { source: "service", why: "the bucket gave no answer" };
      onEvent({ type: "route-chosen", ...route });
      if (route.source !== asking) road.paces.forget();
      asking = route.source;
      const isByBucket = route.source === "bucket";
      const bring = async (wanted: readonly ContentsEntry[], of: IngestOptions) => {
        if (isByBucket && reader !== null) {
          return bringByBucket({ options: of, road, entries: wanted, contents, wish, reader });
        }
        await bringByService({ options: of, road, entries: wanted, wish });
        return report;
      };
      report = await bring(entries, options);
      do {
        covered = null;
        await retryAsked(control, options, road, entries, bring);
        run.afterwards?.prepare();
        if (!options.signal.aborted) covered = await finishRun({ options, road, guard, titles, startedAt });
      } while (!options.signal.aborted && !control.end());
      outcome = options.signal.aborted ? "interrupted" : "whole";
      if (outcome === "whole" && road.figures.succeeded === 0 && road.tries.lastUnreachable !== undefined) {
        const { message, url } = road.tries.lastUnreachable;
        throw unreachable(settings, message, url, undefined, route.source);
      }
    } catch (thrown) {
      if (options.signal.aborted) outcome = "interrupted";
      else failure = { thrown: sourceFailed(settings, thrown, route.source) };
    }
    options.signal.removeEventListener("abort", onStop);
    control.close();
    try {
      const library = openLibrary(libraryPath, { isThrifty: true });
      try {
        const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
        const figures = {
          outcome,
          requests: road.figures.requests,
          bytes: road.figures.bytes,
          seconds,
          source: route.source,
          changes: road.figures.changes,
          ...(await road.spent()),
          ...report,
        };
        const isWhole = outcome === "whole";
        covered ??= await coverBooks(library, titles);
        receipt = await makeReceipt(library, covered, titles, new Set(settings.titles), figures, async (books) => {
          // A run that was cut short has not asked for everything.
          if (isWhole) await nameMissing(ends, books);
        });
      } finally {
        library.close();
      }
      if (outcome === "whole") await control.forget();
      await road.writer.call("saveMeta", ADDRESS_META, "");
      await journal.flush();
      await road.writer.call("endRun", runId, receipt.outcome, JSON.stringify(receipt), Date.now());
      onEvent({ type: "run-ended", runId, outcome: receipt.outcome });
      await journal.end();
    } catch (thrown) {
      // What ended the run says more than that its end could not be written either.
      failure ??= { thrown };
    }
    if (failure !== null || receipt === undefined) throw failure?.thrown;
    if (outcome === "whole" && run.afterwards !== undefined) {
      road.writer.rest();
      const library = openLibrary(libraryPath);
      try {
        await run.afterwards.bring(receipt, { library, writer: road.writer });
      } finally {
        library.close();
      }
    }
    return receipt;
  } finally {
    await coordinator?.end().catch(() => coordinator?.kill());
    paceBook.close();
    lock.release();
  }
}

function keptControl(libraryPath: string): ControlState {
  const library = openLibrary(libraryPath, { isThrifty: true });
  try {
    return controlOf(library.meta(CONTROL_META));
  } finally {
    library.close();
  }
}

function earlierFailures(libraryPath: string): readonly FailureRow[] {
  const library = openLibrary(libraryPath, { isThrifty: true });
  try {
    return library.failures();
  } finally {
    library.close();
  }
}
