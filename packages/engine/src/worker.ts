import pLimit from "p-limit";
import {
  SoferError,
  toPlainError,
  systemClock,
  type Pacer,
  type TextRequest,
  type TextSource,
  type TextUnit,
  type Unit,
  slotCount,
  shapeAt,
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
import { Permits } from "./pace/permits.ts";
import { parseUnit, type ParsedUnit } from "./stages/parse.ts";

/** Builds a source for one unit; `onRequest` is told of every sending. */
export type MakeSource = (
  settings: WorkerSettings,
  pacer: Pacer,
  onRequest: (request: SentRequest) => void,
) => TextSource;

/**
 * A worker's whole life: receive units, fetch, parse, send rows back in acknowledged batches. It keeps nothing between
 * units. It ends with `done` after `stop`, and at once when the coordinator is gone.
 */
export function runWorker(makeSource: MakeSource): void {
  const send = (message: FromWorker) => {
    if (process.connected) process.send?.(message);
  };
  // The terminal's Ctrl-C goes to the whole group; only the coordinator decides what it means.
  process.on("SIGINT", () => undefined);
  process.on("disconnect", () => process.exit(0));

  const permits = new Permits(send, systemClock);
  const window = new Window();
  const sending = pLimit(1);
  let running = 0;
  let isStopping = false;
  let settings: WorkerSettings | undefined;
  let units = pLimit(1);

  const endIfIdle = () => {
    if (!isStopping || running > 0) return;
    process.send?.({ type: "done" } satisfies FromWorker, undefined, undefined, () => process.disconnect?.());
  };

  process.on("message", (message: ToWorker) => {
    if (message.type === "start") {
      settings = message.settings;
      units = pLimit(settings.maxConcurrentRequests);
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
      void units(() => work(message.unit, current)).finally(() => {
        running--;
        endIfIdle();
      });
    }
  });

  async function work(unit: Unit, current: WorkerSettings): Promise<void> {
    const meter = { requests: 0, bytes: 0 };
    const cost = (): Cost => ({ requests: meter.requests, bytes: meter.bytes });
    const source = makeSource(current, permits, (request) => {
      meter.requests++;
      meter.bytes += request.bytes;
      if (current.reportsRequests) send({ type: "sent", requests: [request] });
    });
    try {
      if (unit.kind === "contents") {
        send({ type: "contents", unitId: unit.id, entries: await source.contents(), cost: cost() });
      } else if (unit.kind === "outline") {
        const outline = await source.outline(unit.bookTitle);
        send({ type: "outline", unitId: unit.id, outline, cost: cost() });
      } else if (unit.kind === "versions") {
        const versions = await source.versions(unit.bookTitle);
        send({ type: "versions", unitId: unit.id, versions, cost: cost() });
      } else if (unit.kind !== "text") {
        throw new SoferError("internal", `no worker does a ${unit.kind} unit`);
      } else {
        const parsed = parseUnit(unit, await source.text(requestOf(unit)));
        if (parsed.winnerMissing) send({ type: "widen", unitId: unit.id, cost: cost() });
        else await sending(() => sendRows(unit.id, parsed, cost()));
      }
    } catch (thrown) {
      send({ type: "failed", unitId: unit.id, error: toPlainError(thrown), cost: cost() });
    }
  }

  async function sendRows(unitId: string, parsed: ParsedUnit, cost: Cost): Promise<void> {
    for (const { paths, texts, ...head } of parsed.parcels) {
      for (let from = 0; from < texts.length;) {
        let to = from;
        let bytes = 0;
        while (to < texts.length && bytes < BATCH_BYTES) bytes += (texts[to++]?.length ?? 0) * 2 + 64;
        await window.take(bytes);
        send({ type: "batch", unitId, paths: paths.slice(from, to), texts: texts.slice(from, to), bytes });
        from = to;
      }
      send({ type: "parcel", unitId, head });
    }
    send({ type: "text", unitId, settlement: parsed.settlement, cost });
  }
}

function requestOf(unit: TextUnit): TextRequest {
  const promised = unit.range === null ? slotCount(unit.shape) : promisedIn(unit);
  return {
    bookTitle: unit.bookTitle,
    leaf: unit.leaf,
    range: unit.range,
    versions: unit.versions,
    // Named versions may rightly have nothing here; only "all" must bring what the shape promises.
    promised: unit.versions === "all" && promised > 0,
  };
}

function promisedIn(unit: TextUnit): number {
  if (unit.range === null) return 0;
  const outer = unit.range.from.slice(0, -1);
  let sum = 0;
  for (let index = unit.range.from.at(-1) ?? 0; index <= (unit.range.to.at(-1) ?? 0); index++) {
    sum += slotCount(shapeAt(unit.shape, [...outer, index]) ?? 0);
  }
  return sum;
}

/** Bytes of batches that the coordinator has not acknowledged yet. */
class Window {
  #used = 0;
  #waiting: (() => void)[] = [];

  async take(bytes: number): Promise<void> {
    // One batch may always go, however large, or a segment above the window would wait for ever.
    while (this.#used > 0 && this.#used + bytes > WINDOW_BYTES) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#used += bytes;
  }

  release(bytes: number): void {
    this.#used -= bytes;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
