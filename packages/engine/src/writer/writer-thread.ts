import {
  fromPlainError,
  NO_CHANGES,
  SoferError,
  toPlainError,
  versionId,
  type Changes,
  type PlainError,
} from "@sofer/core";
import type { FinishLeaves, LibraryWriter } from "@sofer/store";
// By itself: the thread has no use for vectors, migrations and measuring.
import { openLibraryWriter } from "@sofer/store/writer";
import { CHUNKING } from "@sofer/text";
import { Garbage } from "../garbage.ts";
import { splitEnd } from "../split-book.ts";
import type { FromWriter, Handled, LeafChunks, ParcelInHand, ThreadCalls, ToWriter, WriterApi } from "./messages.ts";

/**
 * The one writer of a library: a thread of the coordinator, so that no transaction stops the coordinator's loop. It commits
 * parcel by parcel. A unit's last parcel is held back until the unit's end is known, and committed together with it.
 */
declare const self: {
  postMessage(message: FromWriter): void;
  onmessage: ((event: { data: ToWriter }) => void) | null;
};

/** Bytes of texts after which what was made of them is collected. */
const GARBAGE_BYTES = 16 * 1024 * 1024;

/** Of a text and its search text, about, in memory. */
const BYTES_A_ROW = 1024;

const garbage = new Garbage(GARBAGE_BYTES);
let writer: LibraryWriter | undefined;
/** ms at work since the thread began. */
let busyMs = 0;
const heldBack = new Map<string, ParcelInHand>();
/** Parcels that wait, by unit: the run, and how many. */
const waiting = new Map<string, { readonly runId: number; count: number }>();
/** Units that a parcel of failed: the rest of their rows is dropped, their end refused. */
const refused = new Set<string>();
/** What the first of a leaf's chunks that could not be written was refused with. */
let chunksFailed: SoferError | undefined;

function theWriter(): LibraryWriter {
  if (writer === undefined) throw new SoferError("internal", "the library is not open");
  return writer;
}

function forget(unitId: string): void {
  heldBack.delete(unitId);
  refused.delete(unitId);
  unstage(unitId);
}

function unstage(unitId: string): void {
  const staged = waiting.get(unitId);
  waiting.delete(unitId);
  if (staged !== undefined) theWriter().clearStaged(staged.runId, unitId);
}

/** Commits a parcel; with `close`, the unit's end in the same transaction. */
function commit(unitId: string, held: ParcelInHand, close?: Parameters<LibraryWriter["commitParcel"]>[2]): void {
  garbage.add(held.bytes);
  tellCommitted(unitId, held, theWriter().commitParcel(held.parcel, Date.now(), close));
}

/** Keeps a parcel for the moment when the whole book has come. */
function stage(unitId: string, runId: number, held: ParcelInHand): void {
  const staged = waiting.get(unitId) ?? { runId, count: 0 };
  waiting.set(unitId, staged);
  garbage.add(held.bytes);
  theWriter().stageParcel(runId, unitId, staged.count++, held.parcel);
  tellCommitted(unitId, held, NO_CHANGES);
}

function tellCommitted(unitId: string, { bookTitle, parcel, bytes }: ParcelInHand, changes: Changes): void {
  const { counts, chunks } = parcel;
  const version = versionId(parcel.version);
  self.postMessage({
    type: "committed",
    unitId,
    bookTitle,
    version,
    counts,
    changes,
    chunks: chunks?.length ?? 0,
    bytes,
  });
}

const thread: ThreadCalls = {
  open(path) {
    writer = openLibraryWriter(path);
  },
  finishChunks(leaves = 0) {
    const failed = chunksFailed;
    chunksFailed = undefined;
    if (failed !== undefined) throw failed;
    return leaves;
  },
  buildIndex: () =>
    theWriter().buildIndex((rows) => {
      garbage.add(rows * BYTES_A_ROW);
      garbage.collect();
    }),
  spent: (chunkMs = 0) => ({ chunkMs, writeMs: busyMs }),
  flipBook(flip, splits, known, now) {
    const finishLeaves: FinishLeaves = (holdings, nodeIds) => {
      const ends = splits.map((split) => {
        const unit = { ...split.unit, nodeId: nodeIds(split.unit.nodeId) };
        return splitEnd({ ...split, unit }, holdings, known, flip.runId);
      });
      return { dropped: ends.flatMap((end) => end.dropped), closes: ends.map((end) => end.close) };
    };
    return theWriter().flipBook(flip, finishLeaves, now);
  },
  close() {
    writer?.close();
    writer = undefined;
  },
};

function writeLeafChunks({ nodeId, version, chunks, segmentTextIds }: LeafChunks): void {
  if (chunksFailed !== undefined) return;
  try {
    theWriter().replaceChunks(nodeId, version, chunks, segmentTextIds, CHUNKING);
  } catch (thrown) {
    chunksFailed = fromPlainError(toPlainError(thrown));
  }
}

function call(method: keyof WriterApi, args: readonly unknown[]): unknown {
  const target: object = method in thread ? thread : theWriter();
  const run: unknown = Reflect.get(target, method);
  if (typeof run !== "function") throw new SoferError("internal", `the writer has no "${method}"`);
  return run.apply(target, args);
}

function refuse(unitId: string, error: PlainError): void {
  heldBack.delete(unitId);
  refused.add(unitId);
  self.postMessage({ type: "unit-refused", unitId, error });
  orRefuse(unitId, () => unstage(unitId));
}

/** An error on a full disk is the run's end, not the thread's: thrown here it would say neither why nor what to do. */
function orRefuse(unitId: string, work: () => void): void {
  try {
    work();
  } catch (thrown) {
    self.postMessage({ type: "unit-refused", unitId, error: toPlainError(thrown) });
  }
}

self.onmessage = ({ data }) => {
  if (data.type !== "chunker") return timed(data);
  const { port } = data;
  port.onmessage = ({ data: passed }: { data: ToWriter }) => {
    timed(passed);
    if (passed.type === "chunked") port.postMessage({ bytes: passed.held.bytes } satisfies Handled);
    else if (passed.type === "leaf-chunks") port.postMessage({ bytes: passed.bytes } satisfies Handled);
  };
};

function timed(data: ToWriter): void {
  const startedMs = performance.now();
  take(data);
  garbage.collect();
  busyMs += performance.now() - startedMs;
}

function take(data: ToWriter): void {
  if (data.type === "call") {
    try {
      self.postMessage({ type: "result", id: data.id, value: call(data.method, data.args) });
    } catch (thrown) {
      self.postMessage({ type: "result", id: data.id, error: toPlainError(thrown) });
    }
  } else if (data.type === "call-failed") self.postMessage({ type: "result", id: data.id, error: data.error });
  else if (data.type === "leaf-chunks") writeLeafChunks(data.leaf);
  else if (data.type === "chunker") throw new SoferError("internal", "the writer has a chunker already");
  else if (data.type === "abandon") orRefuse(data.unitId, () => forget(data.unitId));
  else if (data.type === "refuse") refuse(data.unitId, data.error);
  else takeOfUnit(data);
}

function takeOfUnit(data: Extract<ToWriter, { type: "chunked" | "text" | "book" }>): void {
  const unitId = data.type === "chunked" ? data.unitId : data.close.unitId;
  if (refused.has(unitId)) {
    if (data.type !== "chunked") orRefuse(unitId, () => forget(unitId));
    return;
  }
  try {
    const earlier = heldBack.get(unitId);
    heldBack.delete(unitId);
    if (data.type === "chunked") {
      if (earlier !== undefined) commit(unitId, earlier);
      if (data.stagedIn === null) heldBack.set(unitId, data.held);
      else stage(unitId, data.stagedIn, data.held);
    } else if (data.type === "book") {
      if (earlier !== undefined) commit(unitId, earlier);
      const changes = theWriter().closeBook(data.close, Date.now());
      waiting.delete(unitId);
      forget(unitId);
      self.postMessage({ type: "book-closed", unitId, isRefresh: data.close.isRefresh, changes });
    } else if (data.isStaged) {
      waiting.delete(unitId);
      forget(unitId);
      self.postMessage({ type: "unit-closed", unitId });
    } else {
      if (earlier === undefined) theWriter().closeUnit(data.close, Date.now());
      else commit(unitId, earlier, data.close);
      forget(unitId);
      self.postMessage({ type: "unit-closed", unitId });
    }
  } catch (thrown) {
    refuse(unitId, toPlainError(thrown));
  }
}
