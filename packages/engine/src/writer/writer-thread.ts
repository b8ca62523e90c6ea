import {
  NO_CHANGES,
  SoferError,
  toPlainError,
  versionId,
  type Changes,
  type ChunkedParcel,
  type Leaf,
  type Path,
} from "@sofer/core";
import { openLibrary, openLibraryWriter, type FinishLeaves, type LibraryWriter } from "@sofer/store";
import { chunkLeaf, cleanText, countTokens } from "@sofer/text";
import { finishChunks } from "../finish-chunks.ts";
import type { ParcelHead } from "../protocol.ts";
import { splitEnd } from "../split-book.ts";
import type { FromWriter, ThreadCalls, ToWriter, WriterApi } from "./messages.ts";

/**
 * The one writer of a library: a thread of the coordinator, so that no transaction stops the coordinator's loop. It
 * gathers a unit's batches, counts tokens and makes chunks (the tokenizer lives here, once), and commits parcel by
 * parcel. A unit's last parcel is held back until the unit's end is known, and committed together with it.
 */
declare const self: {
  postMessage(message: FromWriter): void;
  onmessage: ((event: { data: ToWriter }) => void) | null;
};

interface Gathering {
  paths: Path[];
  texts: string[];
  bytes: number;
}

interface HeldBack {
  readonly bookTitle: string;
  readonly leaf: Leaf;
  readonly head: ParcelHead;
  readonly rows: Gathering;
}

let writer: LibraryWriter | undefined;
/** ms since the thread began: at work, and of that on chunks. */
let busyMs = 0;
let chunkMs = 0;
const gathering = new Map<string, Gathering>();
const heldBack = new Map<string, HeldBack>();
/** Parcels that wait, by unit: the run, and how many. */
const waiting = new Map<string, { readonly runId: number; count: number }>();
/** Units that a parcel of failed: the rest of their rows is dropped, their end refused. */
const refused = new Set<string>();

function theWriter(): LibraryWriter {
  if (writer === undefined) throw new SoferError("internal", "the library is not open");
  return writer;
}

function rowsOf(unitId: string): Gathering {
  let rows = gathering.get(unitId);
  if (rows === undefined) gathering.set(unitId, (rows = { paths: [], texts: [], bytes: 0 }));
  return rows;
}

function forget(unitId: string): void {
  gathering.delete(unitId);
  heldBack.delete(unitId);
  refused.delete(unitId);
  unstage(unitId);
}

function unstage(unitId: string): void {
  const staged = waiting.get(unitId);
  waiting.delete(unitId);
  if (staged !== undefined) theWriter().clearStaged(staged.runId, unitId);
}

/** Token counts, and chunks where the parcel is a whole leaf. */
function chunkedParcel({ bookTitle, leaf, head, rows }: HeldBack): ChunkedParcel {
  const startedMs = performance.now();
  const segments = rows.texts.map((raw, index) => {
    const { text } = cleanText(raw);
    return { path: rows.paths[index] ?? [], text, tokens: countTokens(text) };
  });
  const chunks = head.range === null ? chunkLeaf({ bookTitle, leaf, version: head.version, segments }) : null;
  chunkMs += performance.now() - startedMs;
  return { ...head, paths: rows.paths, texts: rows.texts, tokens: segments.map(({ tokens }) => tokens), chunks };
}

/** Commits a parcel; with `close`, the unit's end in the same transaction. */
function commit(unitId: string, held: HeldBack, close?: Parameters<LibraryWriter["commitParcel"]>[2]): void {
  const parcel = chunkedParcel(held);
  tellCommitted(unitId, held, parcel, theWriter().commitParcel(parcel, Date.now(), close));
}

/** Keeps a parcel for the moment when the whole book has come. */
function stage(unitId: string, runId: number, held: HeldBack): void {
  const parcel = chunkedParcel(held);
  const staged = waiting.get(unitId) ?? { runId, count: 0 };
  waiting.set(unitId, staged);
  theWriter().stageParcel(runId, unitId, staged.count++, parcel);
  tellCommitted(unitId, held, parcel, NO_CHANGES);
}

function tellCommitted(unitId: string, held: HeldBack, parcel: ChunkedParcel, changes: Changes): void {
  self.postMessage({
    type: "committed",
    unitId,
    bookTitle: held.bookTitle,
    version: versionId(parcel.version),
    counts: parcel.counts,
    changes,
    chunks: parcel.chunks?.length ?? 0,
    bytes: held.rows.bytes,
  });
}

const thread: ThreadCalls = {
  open(path) {
    writer = openLibraryWriter(path);
  },
  finishChunks() {
    const library = openLibrary(theWriter().path, { isThrifty: true });
    const startedMs = performance.now();
    try {
      return finishChunks(library, theWriter());
    } finally {
      chunkMs += performance.now() - startedMs;
      library.close();
    }
  },
  buildIndex: () => theWriter().buildIndex(),
  spent: () => ({ chunkMs, writeMs: busyMs - chunkMs }),
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

function call(method: keyof WriterApi, args: readonly unknown[]): unknown {
  const target: object = method in thread ? thread : theWriter();
  const run: unknown = Reflect.get(target, method);
  if (typeof run !== "function") throw new SoferError("internal", `the writer has no "${method}"`);
  return run.apply(target, args);
}

function refuse(unitId: string, thrown: unknown): void {
  gathering.delete(unitId);
  heldBack.delete(unitId);
  refused.add(unitId);
  self.postMessage({ type: "unit-refused", unitId, error: toPlainError(thrown) });
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
  const startedMs = performance.now();
  take(data);
  busyMs += performance.now() - startedMs;
};

function take(data: ToWriter): void {
  if (data.type === "call") {
    try {
      self.postMessage({ type: "result", id: data.id, value: call(data.method, data.args) });
    } catch (thrown) {
      self.postMessage({ type: "result", id: data.id, error: toPlainError(thrown) });
    }
  } else if (data.type === "batch") {
    const { batch, worker } = data;
    if (!refused.has(batch.unitId)) {
      const rows = rowsOf(batch.unitId);
      for (const path of batch.paths) rows.paths.push(path);
      for (const text of batch.texts) rows.texts.push(text);
      rows.bytes += batch.bytes;
    }
    self.postMessage({ type: "taken", worker, bytes: batch.bytes });
  } else if (data.type === "abandon") orRefuse(data.unitId, () => forget(data.unitId));
  else {
    const unitId = data.type === "parcel" ? data.unitId : data.close.unitId;
    if (refused.has(unitId)) {
      if (data.type !== "parcel") orRefuse(unitId, () => forget(unitId));
      return;
    }
    try {
      const earlier = heldBack.get(unitId);
      heldBack.delete(unitId);
      if (data.type === "parcel") {
        if (earlier !== undefined) commit(unitId, earlier);
        const { bookTitle, leaf, head, stagedIn } = data;
        const parcel = { bookTitle, leaf, head, rows: rowsOf(unitId) };
        gathering.delete(unitId);
        if (stagedIn === null) heldBack.set(unitId, parcel);
        else stage(unitId, stagedIn, parcel);
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
      refuse(unitId, thrown);
    }
  }
}
