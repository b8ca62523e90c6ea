import { mayPass, SoferError, type Sink, type SinkRecord } from "@sofer/core";
import { gaveUp, type Sender } from "../pace/sender.ts";

export interface PushBatchOptions {
  readonly sink: Sink;
  readonly sender: Sender;
  /** What the store has acknowledged: awaited, so that the ledger never lags behind by more than a batch. */
  readonly onStored: (records: readonly SinkRecord[]) => Promise<void>;
  readonly onFailed: (record: SinkRecord, error: SoferError) => void;
}

/**
 * Every record of a batch is acknowledged, or fails by name. Records that may pass are sent again, without those that are
 * stored; a request that is too large is halved.
 * @throws what ends the push to this sink, and an interruption
 */
export async function pushBatch(batch: readonly SinkRecord[], options: PushBatchOptions): Promise<void> {
  const { sink, sender, onStored, onFailed } = options;
  const backOff = sender.backOff();
  let left = batch;
  while (left.length > 0) {
    let error: SoferError;
    try {
      const sent = left;
      const outcomes = await sender.once(sink.host, (signal) => sink.upsert(sent, signal));
      if (outcomes.length !== sent.length) {
        throw new SoferError("wire-shape", `${sink.name} gave ${outcomes.length} outcomes for ${sent.length} records`);
      }
      await onStored(sent.filter((_, at) => outcomes[at] === null));
      const refused = sent.flatMap((record, at) => {
        const outcome = outcomes[at];
        return outcome === null || outcome === undefined ? [] : [{ record, outcome }];
      });
      const again = refused.filter(({ outcome }) => mayPass(outcome));
      for (const { record, outcome } of refused) if (!mayPass(outcome)) onFailed(record, outcome);
      left = again.map(({ record }) => record);
      // A pause that the store asks for says more than a failure.
      const told = again.find(({ outcome }) => outcome.next === "later") ?? again[0];
      if (told === undefined) return;
      error = told.outcome;
      sender.throttled(sink.host, error);
    } catch (thrown) {
      if (!(thrown instanceof SoferError) || thrown.next === "stop") throw thrown;
      error = thrown;
      if (error.next === "split" && left.length > 1) {
        const middle = Math.ceil(left.length / 2);
        await pushBatch(left.slice(0, middle), options);
        return pushBatch(left.slice(middle), options);
      }
    }
    const canWait = mayPass(error) && (await sender.wait(backOff, error, sink.host));
    if (canWait) continue;
    const told = mayPass(error) ? gaveUp(error, backOff.requests) : error;
    for (const record of left) onFailed(record, told);
    return;
  }
}
