import pLimit from "p-limit";
import {
  SoferError,
  toPlainError,
  systemClock,
  type BookUnit,
  type BucketSource,
  type Pacer,
  type Parcel,
  type TextSource,
  type Unit,
} from "@sofer/core";
import {
  BATCH_BYTES,
  WINDOW_BYTES,
  type Cost,
  type FromWorker,
  type SentRequest,
  type ToWorker,
  type WorkerSettings,
} from "./protocol.ts";
import { Garbage } from "./garbage.ts";
import { packRows } from "./packed-rows.ts";
import { Permits } from "./pace/permits.ts";
import { bringBook } from "./stages/book.ts";
import { Slots } from "./slots.ts";
import { slotsIn } from "./split.ts";
import { outlineOf } from "./stages/outline.ts";
import { parseUnit } from "./stages/parse.ts";
import { strategyOf } from "./strategy/strategy.ts";

/** Of one segment's texts in an answer (budget.ts says where that is from). */
const BYTES_PER_SLOT = 545;
/**
 * After so many bytes of answers what they became is collected: ten workers held up to 580 MB without, and up to 395 MB with
 * this. A collection takes a fiftieth of the time that a run needs for as many bytes.
 */
const GARBAGE_BYTES = 1024 * 1024;
/** What a request leaves behind beside its answer, about: eleven thousand small answers were the peak of a long run. */
const REQUEST_BYTES = 24 * 1024;

/** Both ends of the publisher's library. */
export interface Sources {
  readonly service: TextSource;
  readonly bucket: BucketSource;
}

/** What a unit wants of its sources. */
export interface UnitHooks {
  /** Told of every sending. */
  readonly onRequest: (request: SentRequest) => void;
  /** The first failure ends the unit: the coordinator has it done again. */
  readonly givesBack?: boolean;
  /** Told before each wait for the next sending, and awaited after it. */
  readonly onWait?: { begins(error: SoferError, failures: number, waitMs: number): void; ends(): Promise<void> };
}

/** Builds the sources for one unit. */
export type MakeSources = (settings: WorkerSettings, pacer: Pacer, hooks: UnitHooks) => Sources;

/**
 * A worker's whole life: receive units, fetch, parse, send rows back in acknowledged batches. It keeps nothing between
 * units. It ends with `done` after `stop`, and at once when the coordinator is gone.
 */
export function runWorker(makeSources: MakeSources): void {
  const send = (message: FromWorker) => {
    if (process.connected) process.send?.(message);
  };
  // Such signals go to the whole group; only the coordinator decides what they mean.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  process.on("disconnect", () => process.exit(0));

  const permits = new Permits(send, systemClock);
  const window = new Window(WINDOW_BYTES);
  const sending = pLimit(1);
  let memory = new Window(0);
  let running = 0;
  /** Of these, units that only wait to send again. */
  let waiting = 0;
  let isStopping = false;
  let settings: WorkerSettings | undefined;
  let slots = new Slots(1);
  let saysItHasGrown = false;
  const garbage = new Garbage(GARBAGE_BYTES, "young");
  let networkMs = 0;
  let processor = process.cpuUsage();

  const endIfIdle = () => {
    // Units that wait are not waited for: the next run brings them.
    if (!isStopping || running > waiting) return;
    process.send?.({ type: "done" } satisfies FromWorker, undefined, undefined, () => process.disconnect?.());
  };

  process.on("message", (message: ToWorker) => {
    if (message.type === "start") {
      settings = message.settings;
      slots = new Slots(settings.maxUnits);
      memory = new Window(settings.inHandBytes);
      send({ type: "ready", pid: process.pid });
    } else if (message.type === "permits") permits.granted(message.ids, message.expiresAt);
    else if (message.type === "ack") window.release(message.bytes);
    else if (message.type === "stop") {
      isStopping = true;
      permits.refuseAll();
      endIfIdle();
    } else {
      const current = settings;
      if (current === undefined) throw new SoferError("internal", "a unit came before the settings");
      running++;
      void work(message.unit, current).finally(() => {
        running--;
        garbage.collect();
        measure(current);
        endIfIdle();
      });
    }
  });

  function measure(current: WorkerSettings): void {
    const bytes = process.memoryUsage.rss();
    if (saysItHasGrown || bytes <= current.maxMemoryBytes) return;
    saysItHasGrown = true;
    send({ type: "grown", bytes });
  }

  function tellSpent(): void {
    const since = process.cpuUsage(processor);
    processor = process.cpuUsage();
    send({ type: "spent", spent: { networkMs, parseMs: (since.user + since.system) / 1000 } });
    networkMs = 0;
  }

  async function work(unit: Unit, current: WorkerSettings): Promise<void> {
    const meter = { requests: 0, bytes: 0 };
    const cost = (): Cost => ({ requests: meter.requests, bytes: meter.bytes });
    const onRequest = (request: SentRequest) => {
      meter.requests++;
      meter.bytes += request.bytes;
      garbage.add(request.bytes + REQUEST_BYTES);
      networkMs += request.ms;
      if (current.reportsRequests) send({ type: "sent", requests: [request] });
    };
    const onWait = {
      begins(error: SoferError, failures: number, waitMs: number): void {
        slots.give();
        waiting++;
        endIfIdle();
        send({ type: "waiting", unitId: unit.id, error: toPlainError(error), failures, waitMs });
      },
      async ends(): Promise<void> {
        await slots.take();
        waiting--;
        send({ type: "resumed", unitId: unit.id });
      },
    };
    // A walk has several requests under way: while one of them waits, its unit goes on.
    const onWaitInPlace = {
      begins(error: SoferError, failures: number, waitMs: number): void {
        send({ type: "waiting", unitId: unit.id, error: toPlainError(error), failures, waitMs });
      },
      ends(): Promise<void> {
        send({ type: "resumed", unitId: unit.id });
        return Promise.resolve();
      },
    };
    const strategy = strategyOf(current.strategy);
    const hooksOf = (): UnitHooks => {
      // A book's files come one after another: what is here already is not asked for again because the next one failed.
      if (unit.kind === "book") return { onRequest, onWait };
      if (unit.kind === "text" && strategy.retriesInPlace) return { onRequest, onWait: onWaitInPlace };
      return { onRequest, givesBack: true };
    };
    const { service: source, bucket } = makeSources(current, permits, hooksOf());
    await slots.take();
    try {
      if (unit.kind === "contents") {
        const root = unit.source === "bucket" ? (unit.root ?? (await bucket.root())) : null;
        const entries = root === null ? await source.contents() : await bucket.contents(root);
        send({ type: "contents", unitId: unit.id, entries, root, cost: cost() });
      } else if (unit.kind === "listing") {
        const root = unit.root ?? (await bucket.root());
        const page = await bucket.list(root + unit.prefix, unit.pageToken);
        send({ type: "listing", unitId: unit.id, root, page, cost: cost() });
      } else if (unit.kind === "index") {
        send({ type: "index", unitId: unit.id, objects: await bucket.index(), cost: cost() });
      } else if (unit.kind === "outline") {
        const { object } = unit;
        const came = await (object === undefined ? source.outline(unit.bookTitle) : bucket.outline(object));
        const outline = outlineOf(unit.bookTitle, came);
        send({ type: "outline", unitId: unit.id, outline, cost: cost() });
      } else if (unit.kind === "versions") {
        const versions = await source.versions(unit.bookTitle);
        send({ type: "versions", unitId: unit.id, versions, cost: cost() });
      } else if (unit.kind === "book") {
        await bringFiles(unit, bucket, cost);
      } else {
        await inHand(slotsIn(unit.shape, unit.range) * BYTES_PER_SLOT, async () => {
          const parsed = parseUnit(unit, await strategy.text(unit, { ...current, source }));
          if (parsed.winnerMissing) send({ type: "widen", unitId: unit.id, cost: cost() });
          else {
            await sending(async () => {
              await sendRows(unit.id, parsed.parcels);
              send({ type: "text", unitId: unit.id, settlement: parsed.settlement, cost: cost() });
            });
          }
        });
      }
    } catch (thrown) {
      send({ type: "failed", unitId: unit.id, error: toPlainError(thrown), cost: cost() });
    } finally {
      slots.give();
      tellSpent();
    }
  }

  async function bringFiles(unit: BookUnit, bucket: BucketSource, cost: () => Cost): Promise<void> {
    // Under `best` a book's files may all have to be in memory at once; files are stored compressed or not, so this
    // is a measure, not a bound.
    const bytes = unit.objects.reduce((sum, object) => sum + Math.max(0, object.size), 0);
    await inHand(bytes, async () => {
      const settlement = await bringBook(unit, {
        async download(object, leaves) {
          const file = await bucket.version(object, leaves);
          // Its bytes and its JSON: of a large file they would stay until all of its rows are taken.
          garbage.collect();
          return file;
        },
        send: (parcels) => sending(() => sendRows(unit.id, parcels)),
      });
      send({ type: "book", unitId: unit.id, settlement, cost: cost() });
    });
  }

  /** Waits until there is room for an answer of so many bytes. */
  async function inHand(bytes: number, work: () => Promise<void>): Promise<void> {
    await memory.take(bytes);
    try {
      await work();
    } finally {
      memory.release(bytes);
    }
  }

  async function sendRows(unitId: string, parcels: readonly Parcel[]): Promise<void> {
    for (const { paths, texts, ...head } of parcels) {
      for (let from = 0; from < texts.length;) {
        let to = from;
        let bytes = 0;
        while (to < texts.length && bytes < BATCH_BYTES) bytes += (texts[to++]?.length ?? 0) * 2 + 64;
        await window.take(bytes);
        send({ type: "batch", unitId, rows: packRows(paths, texts, from, to), bytes });
        from = to;
      }
      send({ type: "parcel", unitId, head });
    }
  }
}

/** Bytes in use, such as batches that the coordinator has not acknowledged yet. */
class Window {
  readonly #most: number;
  #used = 0;
  #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  async take(bytes: number): Promise<void> {
    // One may always go, however large, or a segment above the window would wait for ever.
    while (this.#used > 0 && this.#used + bytes > this.#most) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#used += bytes;
  }

  release(bytes: number): void {
    this.#used -= bytes;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
