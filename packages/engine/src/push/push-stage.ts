import {
  pushFailure,
  SoferError,
  systemClock,
  toPlainError,
  type PlainError,
  type Sink,
  type SinkRecord,
  type SinkSpec,
} from "@sofer/core";
import { openVectorCache, type FailedItem } from "@sofer/store";
import { withLibraryAtRest, type AtRest } from "../at-rest.ts";
import { Breath } from "../breath.ts";
import { InFlight } from "../embed/in-flight.ts";
import type { EmbeddedBy } from "../embed/vector-key.ts";
import type { Sender } from "../pace/sender.ts";
import { pushBatch } from "./push-batch.ts";
import { recordOf, wantedRecords, type RecordVectors, type WantedRecord } from "./records.ts";

export interface PushOptions {
  readonly libraryPath: string;
  readonly sink: Sink;
  readonly spec: SinkSpec;
  /** What made the vectors of the spec; null: it has none. */
  readonly by: EmbeddedBy | null;
  /** JSON, kept with the sink so that it can be opened again by its name; without secrets. */
  readonly settings: string;
  /** Absent: the whole library. What has left the library is removed either way. */
  readonly titles?: readonly string[] | undefined;
  readonly sender: Sender;
  /** Records in one request at most, whatever more the sink takes. */
  readonly maxRecords: number;
  readonly concurrency: number;
  readonly onProgress?: (progress: PushProgress) => void;
}

export interface PushProgress {
  readonly chunks: number;
  readonly ofChunks: number;
  readonly pushed: number;
  readonly failed: number;
}

/** chunks = unchanged + pushed + failed + waiting (+ left, when it ended early). */
export interface PushReceipt {
  readonly sink: string;
  readonly outcome: "whole" | "failures" | "interrupted" | "stopped";
  readonly chunks: number;
  /** The store has them already as they are. */
  readonly unchanged: number;
  readonly pushed: number;
  readonly failed: number;
  /** Have no vector yet. */
  readonly waiting: number;
  readonly removed: number;
  /** Why it ended early. */
  readonly error: PlainError | null;
  readonly seconds: number;
}

const FAILURES_AT_ONCE = 100;

/**
 * Brings a sink to what the library holds: chunks that its ledger does not have, or has otherwise, are sent, and what the
 * store acknowledged goes into the ledger, batch by batch. Then what left the library is removed. A store that is down, or
 * refuses, ends the push of this sink only, by name; the next push goes on from the ledger.
 */
export function pushChunks(options: PushOptions): Promise<PushReceipt> {
  return withLibraryAtRest(options.libraryPath, async (rest) => {
    const { space } = options.spec;
    if (space === null || options.by === null) return await new PushStage(options, rest, null).run();
    using cache = openVectorCache(options.libraryPath);
    return await new PushStage(options, rest, { by: options.by, space, cache }).run();
  });
}

class PushStage {
  readonly #options: PushOptions;
  readonly #rest: AtRest;
  readonly #vectors: RecordVectors | null;
  readonly #failedIds = new Set<string>();
  /** Seen in this run, by failure id: what failed before and is not among the failed now is resolved. */
  #failures: FailedItem[] = [];
  #sinkId = 0;
  #chunks = 0;
  #unchanged = 0;
  #pushed = 0;
  #waiting = 0;
  #removed = 0;

  constructor(options: PushOptions, rest: AtRest, vectors: RecordVectors | null) {
    this.#options = options;
    this.#rest = rest;
    this.#vectors = vectors;
  }

  async run(): Promise<PushReceipt> {
    const { sink, sender, settings, spec } = this.#options;
    const startedMs = systemClock.monotonicMs();
    const before = this.#rest.library.sinks().find(({ name }) => name === sink.name);
    // A sink that cannot be reached now is known from now on; one that refuses other vectors keeps what it was.
    this.#sinkId = before?.id ?? (await this.#rest.writer.call("saveSink", sink.name, settings));
    const inFlight = new InFlight(this.#options.concurrency);
    let error: PlainError | null = null;
    try {
      await sender.untilDone(sink.host, (signal) => sink.ensure(spec, signal));
      await this.#rest.writer.call("saveSink", sink.name, settings);
      await this.#pushAll(inFlight);
      await this.#removeGone();
      await sender.untilDone(sink.host, (signal) => sink.settle(signal));
    } catch (thrown) {
      if (!sender.signal.aborted) {
        if (!(thrown instanceof SoferError)) throw thrown;
        error = toPlainError(thrown);
        this.#failures.push({ id: pushFailure(sink.name), title: "", place: sink.name, error });
      }
    } finally {
      await inFlight.settled();
      await this.#writeFailures();
    }
    const isInterrupted = sender.signal.aborted;
    if (error === null && !isInterrupted) await this.#resolve();
    const isWhole = this.#failedIds.size === 0 && this.#waiting === 0;
    return {
      sink: sink.name,
      outcome: isInterrupted ? "interrupted" : error !== null ? "stopped" : isWhole ? "whole" : "failures",
      chunks: this.#chunks,
      unchanged: this.#unchanged,
      pushed: this.#pushed,
      failed: this.#failedIds.size,
      waiting: this.#waiting,
      removed: this.#removed,
      error,
      seconds: (systemClock.monotonicMs() - startedMs) / 1000,
    };
  }

  async #pushAll(inFlight: InFlight): Promise<void> {
    const { sink, sender, spec, titles, by, onProgress } = this.#options;
    const { library } = this.#rest;
    const maxRecords = Math.min(this.#options.maxRecords, sink.limits.maxRecords);
    const ofChunks = library.chunkProfiles().get(spec.profile) ?? 0;
    const breath = new Breath();
    let batch: SinkRecord[] = [];
    let bytes = 0;
    const send = async () => {
      const sent = batch;
      batch = [];
      bytes = 0;
      if (sent.length > 0) await inFlight.add(() => this.#push(sent));
    };
    for (const wanted of wantedRecords(library, spec.profile, titles, by)) {
      sender.signal.throwIfAborted();
      this.#chunks++;
      const record = this.#recordToSend(wanted);
      if (record !== null) {
        const size = sink.sizeOf(record);
        if (batch.length >= maxRecords || bytes + size > sink.limits.maxBytes) await send();
        batch.push(record);
        bytes += size;
      }
      onProgress?.({ chunks: this.#chunks, ofChunks, pushed: this.#pushed, failed: this.#failedIds.size });
      await this.#writeFailures(FAILURES_AT_ONCE);
      await breath.take();
    }
    await send();
    await inFlight.finished();
  }

  /** null: the store has it as it is, or it cannot be sent. */
  #recordToSend(wanted: WantedRecord): SinkRecord | null {
    const { sink } = this.#options;
    const held = this.#rest.library.ledgerEntry(this.#sinkId, wanted.chunk.id);
    if (held?.contentHash === wanted.contentHash && held.mapping === sink.mapping) {
      this.#unchanged++;
      return null;
    }
    const record = recordOf(wanted, this.#vectors);
    if (record === null) {
      this.#waiting++;
      return null;
    }
    const size = sink.sizeOf(record);
    if (size <= sink.limits.maxBytes) return record;
    const message = `the record has ${size} bytes; ${sink.name} takes ${sink.limits.maxBytes}`;
    this.#fail(record, new SoferError("bad-item", message, { hint: "chunks with fewer tokens, or another sink" }));
    return null;
  }

  #push(batch: readonly SinkRecord[]): Promise<void> {
    const { sink, sender } = this.#options;
    return pushBatch(batch, {
      sink,
      sender,
      onStored: async (records) => {
        if (records.length === 0) return;
        const entries = records.map(({ id, contentHash }) => ({ id, contentHash, mapping: sink.mapping }));
        await this.#rest.writer.call("recordPushed", this.#sinkId, entries);
        this.#pushed += records.length;
      },
      onFailed: (record, error) => this.#fail(record, error),
    });
  }

  #fail({ id, chunk }: SinkRecord, error: SoferError): void {
    const { name } = this.#options.sink;
    this.#failedIds.add(id);
    this.#failures.push({
      id: pushFailure(name, id),
      title: chunk.title,
      place: chunk.ref,
      error: toPlainError(error),
    });
  }

  /** After the new is in. Not while chunks wait for their vectors: theirs may be the old ones' place. */
  async #removeGone(): Promise<void> {
    const { sink, sender, spec } = this.#options;
    if (this.#waiting > 0) return;
    for (;;) {
      const ids = this.#rest.library.goneFromLibrary(this.#sinkId, spec.profile, sink.limits.maxIds);
      if (ids.length === 0) return;
      await sender.untilDone(sink.host, (signal) => sink.remove(ids, signal));
      await this.#rest.writer.call("recordRemoved", this.#sinkId, ids);
      this.#removed += ids.length;
    }
  }

  async #writeFailures(atLeast = 1): Promise<void> {
    if (this.#failures.length < atLeast) return;
    const failures = this.#failures;
    this.#failures = [];
    await this.#rest.writer.call("failItems", failures, systemClock.now());
  }

  /** Failures of earlier pushes that this one, which came to its end, did not meet again. */
  async #resolve(): Promise<void> {
    const { sink, titles } = this.#options;
    const ofSink = pushFailure(sink.name);
    const wanted = titles === undefined ? null : new Set(titles);
    const resolved = this.#rest.library.failures().flatMap(({ unitId, title }) => {
      if (unitId === ofSink) return [unitId];
      if (!unitId.startsWith(`${ofSink}:`) || this.#failedIds.has(unitId.slice(ofSink.length + 1))) return [];
      return wanted === null || wanted.has(title) ? [unitId] : [];
    });
    if (resolved.length > 0) await this.#rest.writer.call("resolveFailures", resolved);
  }
}
