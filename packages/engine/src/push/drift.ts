import type { ScanPage, Sink, SinkDrift, SinkSpec } from "@sofer/core";
import type { Library } from "@sofer/store";
import { withLibraryAtRest } from "../at-rest.ts";
import { Breath } from "../breath.ts";
import type { Sender } from "../pace/sender.ts";

export interface DriftReport {
  readonly sink: string;
  readonly isWhole: boolean;
  /** As acknowledged. */
  readonly same: number;
  /** In the ledger, and not in the store. */
  readonly missing: number;
  /** In the store, and not in the ledger. */
  readonly only: number;
  /** With another content. */
  readonly different: number;
  /** In the library, and not pushed yet: no drift. */
  readonly unpushed: number;
}

export interface DriftOptions {
  readonly library: Library;
  readonly sink: Sink;
  readonly spec: SinkSpec;
  readonly sender: Sender;
  readonly onDrift: (drift: SinkDrift) => void;
}

/** Compares a sink's ledger with what the store holds, record by record. Nothing is changed. */
export async function verifySink(options: DriftOptions): Promise<DriftReport> {
  const { library, sink, spec, onDrift } = options;
  const held = await everythingIn(options);
  const stored = library.sinks().find(({ name }) => name === sink.name);
  const breath = new Breath();
  let same = 0;
  let missing = 0;
  let different = 0;
  let entries = 0;
  for (const { id, contentHash } of stored === undefined ? [] : library.ledger(stored.id)) {
    entries++;
    const there = held.get(id);
    held.delete(id);
    if (there === contentHash) same++;
    else if (there === undefined) missing++;
    else different++;
    if (there !== contentHash) onDrift({ sign: there === undefined ? "-" : "*", sink: sink.name, id });
    await breath.take();
  }
  for (const id of held.keys()) onDrift({ sign: "+", sink: sink.name, id });
  const chunks = library.chunkProfiles().get(spec.profile) ?? 0;
  return {
    sink: sink.name,
    isWhole: missing + different + held.size === 0,
    same,
    missing,
    only: held.size,
    different,
    unpushed: Math.max(0, chunks - entries),
  };
}

/** Content hashes by id, some 150 bytes for each chunk; empty where the place is not there. */
async function everythingIn({ sink, spec, sender }: DriftOptions): Promise<Map<string, string>> {
  const held = new Map<string, string>();
  const state = await sender.untilDone(sink.host, (signal) => sink.describe(signal));
  if (!state.exists) return held;
  await sender.untilDone(sink.host, (signal) => sink.ensure(spec, signal));
  await sender.untilDone(sink.host, (signal) => sink.settle(signal));
  let from: string | null = null;
  do {
    const at: string | null = from;
    const page: ScanPage = await sender.untilDone(sink.host, (signal) => sink.scan(at, signal));
    for (const { id, contentHash } of page.holdings) held.set(id, contentHash);
    from = page.next;
  } while (from !== null);
  return held;
}

/**
 * Before the push that mends a drift: what the store has lost or has otherwise leaves the ledger, so that it is sent
 * again; what only the store has is removed from it.
 */
export async function prepareSinkRepair(
  options: Omit<DriftOptions, "library" | "onDrift"> & { readonly libraryPath: string },
): Promise<readonly SinkDrift[]> {
  const { sink, sender } = options;
  return withLibraryAtRest(options.libraryPath, async ({ library, writer }) => {
    const drifts: SinkDrift[] = [];
    await verifySink({ ...options, library, onDrift: (drift) => drifts.push(drift) });
    const idsOf = (signs: string) => drifts.filter(({ sign }) => signs.includes(sign)).map(({ id }) => id);
    const stored = library.sinks().find(({ name }) => name === sink.name);
    const lost = idsOf("-*");
    if (stored !== undefined && lost.length > 0) await writer.call("recordRemoved", stored.id, lost);
    const extra = idsOf("+");
    for (let at = 0; at < extra.length; at += sink.limits.maxIds) {
      const ids = extra.slice(at, at + sink.limits.maxIds);
      await sender.untilDone(sink.host, (signal) => sink.remove(ids, signal));
    }
    return drifts;
  });
}

/** Empties a sink of everything it holds, and its ledger: it may then be made for other vectors. */
export async function emptySink(
  options: Omit<DriftOptions, "library" | "onDrift"> & { readonly libraryPath: string },
): Promise<number> {
  const { sink, sender } = options;
  return withLibraryAtRest(options.libraryPath, async ({ library, writer }) => {
    const held = [...(await everythingIn({ ...options, library, onDrift: () => undefined })).keys()];
    const stored = library.sinks().find(({ name }) => name === sink.name);
    const ids = [
      ...new Set([...held, ...(stored === undefined ? [] : [...library.ledger(stored.id)].map(({ id }) => id))]),
    ];
    for (let at = 0; at < ids.length; at += sink.limits.maxIds) {
      const some = ids.slice(at, at + sink.limits.maxIds);
      if (held.length > 0) await sender.untilDone(sink.host, (signal) => sink.remove(some, signal));
      if (stored !== undefined) await writer.call("recordRemoved", stored.id, some);
    }
    return held.length;
  });
}
