import {
  fromPlainError,
  NO_CHANGES,
  SoferError,
  toPlainError,
  versionId,
  type Changes,
  type ChunkedParcel,
  type PlainError,
} from "@sofer/core";
import type { BookClose, FinishLeaves, LibraryWriter, UnitClose } from "@sofer/store";
// By itself: the thread has no use for vectors, migrations and measuring.
import { openLibraryWriter } from "@sofer/store/writer";
import { Garbage } from "../garbage.ts";
import { unpackRows } from "../packed-rows.ts";
import { splitEnd } from "../split-book.ts";
import { IdleWork } from "./idle-work.ts";
import type { FromWriter, Handled, ParcelInHand, ThreadCalls, ToWriter, WriterApi } from "./messages.ts";
import { chunksIn, unpackChunks } from "./packed-chunks.ts";
import { WriteGroup, type Write } from "./write-group.ts";

/**
 * The one writer of a library: a thread of the coordinator, so that no transaction stops the coordinator's loop. It writes
 * parcel by parcel, and commits several together (write-group.ts). A unit's last parcel is held back until the unit's end
 * is known, and committed with it.
 */
declare const self: {
  postMessage(message: FromWriter): void;
  onmessage: ((event: { data: ToWriter }) => void) | null;
};

/** Bytes of texts after which what was made of them is collected. */
const GARBAGE_BYTES = 8 * 1024 * 1024;

/** What the chunker reads of the library itself and passes on, by the call that asks for it. */
type Pass = "finishChunks" | "buildIndex";

function isPass(unitId: string): unitId is Pass {
  return unitId === "finishChunks" || unitId === "buildIndex";
}

/** When nothing has come for so long, there is time for the index. */
const IDLE_MS = 2;
/** Texts that come into the index before the next message is taken: some 3 ms. */
const INDEXED_AT_ONCE = 256;
/** In place of a unit, for what is indexed meanwhile. */
const FOLLOWING = "following";

const garbage = new Garbage(GARBAGE_BYTES);
let writer: LibraryWriter | undefined;
/** ms at work since the thread began. */
let busyMs = 0;
const heldBack = new Map<string, ParcelInHand>();
/** Parcels that wait, by unit: the run, and how many. */
const waiting = new Map<string, { readonly runId: number; count: number }>();
/** Units that a parcel of failed: the rest of their rows is dropped, their end refused. */
const refused = new Set<string>();
/** What the first part of a pass that could not be written was refused with; the rest of the pass is dropped. */
const refusedPasses = new Map<Pass, PlainError>();
const group = new WriteGroup({
  transaction: {
    begin: (isTrusted) => theWriter().together.begin(isTrusted),
    commit: () => timed(() => theWriter().together.commit()),
    undo: () => theWriter().together.undo(),
  },
  onRefused(unitId, error) {
    if (unitId === FOLLOWING) isFollowing = false;
    else if (isPass(unitId)) refusedPasses.set(unitId, error);
    else refuse(unitId, error);
  },
  isRefused: (unitId) => (isPass(unitId) ? refusedPasses.has(unitId) : refused.has(unitId)),
});

/** While the writer waits for texts, those that are there come into the index. */
const idle = new IdleWork(() => {
  timed(() => group.add(followWrite));
  return mayFollow();
});
/** Texts were written that may not be in the index. */
let isBehind = false;
/** Until it fails (a full disk): what is missing then comes in at the end, which says so if it cannot. */
let isFollowing = true;
/** Rows of the index that came in like this. */
let followed = 0;
const followWrite: Write = {
  unitId: FOLLOWING,
  bytes: 0,
  run() {
    const { rows, units } = theWriter().indexNext(INDEXED_AT_ONCE);
    garbage.add(2 * units);
    isBehind = rows > 0;
    return () => (followed += rows);
  },
  drop: () => undefined,
};

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

/** A parcel; with `close`, the unit's end with it. */
function parcelWrite(unitId: string, held: ParcelInHand, close: UnitClose | null): Write {
  isBehind = true;
  garbage.add(held.bytes);
  return {
    unitId,
    bytes: held.bytes,
    run() {
      const changes = theWriter().commitParcel(parcelOf(held), Date.now(), close ?? undefined);
      return () => {
        tellCommitted(unitId, held, changes);
        if (close !== null) tellClosed(unitId);
      };
    },
    drop: () => close !== null && orRefuse(unitId, () => forget(unitId)),
  };
}

/** A parcel that is kept for the moment when the whole book has come. */
function stagedWrite(unitId: string, runId: number, held: ParcelInHand): Write {
  garbage.add(held.bytes);
  const staged = waiting.get(unitId) ?? { runId, count: 0 };
  waiting.set(unitId, staged);
  const ord = staged.count++;
  return {
    unitId,
    bytes: held.bytes,
    run() {
      theWriter().stageParcel(runId, unitId, ord, parcelOf(held));
      return () => tellCommitted(unitId, held, NO_CHANGES);
    },
    drop: () => undefined,
  };
}

/** The end of a unit that has no parcel of its own at hand: staged ones wait for their book. */
function closeWrite(close: UnitClose, isStaged: boolean): Write {
  const { unitId } = close;
  return {
    unitId,
    bytes: 0,
    run() {
      if (!isStaged) theWriter().closeUnit(close, Date.now());
      return () => {
        waiting.delete(unitId);
        tellClosed(unitId);
      };
    },
    drop: () => orRefuse(unitId, () => forget(unitId)),
  };
}

function bookWrite(close: BookClose): Write {
  const { unitId, isRefresh } = close;
  return {
    unitId,
    bytes: 0,
    run() {
      const changes = theWriter().closeBook(close, Date.now());
      return () => {
        // Its waiting parcels are in their places.
        waiting.delete(unitId);
        forget(unitId);
        self.postMessage({ type: "book-closed", unitId, isRefresh, changes });
      };
    },
    drop: () => orRefuse(unitId, () => forget(unitId)),
  };
}

/** Part of a pass over the library: of a leaf's chunks, or of the index. */
function passWrite(pass: Pass, bytes: number, run: () => void): Write {
  garbage.add(bytes);
  return {
    unitId: pass,
    bytes,
    run() {
      run();
      return () => undefined;
    },
    drop: () => undefined,
  };
}

/** What the chunker said when it was through. @throws what the first part that could not be written was refused with */
function passed(pass: Pass, count: number): number {
  const failed = refusedPasses.get(pass);
  refusedPasses.delete(pass);
  if (failed !== undefined) throw fromPlainError(failed);
  return count;
}

function parcelOf({ head, rows, tokens, chunks }: ParcelInHand): ChunkedParcel {
  return { ...head, ...unpackRows(rows), tokens: [...tokens], chunks: chunks === null ? null : unpackChunks(chunks) };
}

function tellCommitted(unitId: string, { bookTitle, head, chunks, bytes }: ParcelInHand, changes: Changes): void {
  const { counts } = head;
  const version = versionId(head.version);
  const chunkCount = chunks === null ? 0 : chunksIn(chunks);
  self.postMessage({ type: "committed", unitId, bookTitle, version, counts, changes, chunks: chunkCount, bytes });
}

function tellClosed(unitId: string): void {
  forget(unitId);
  self.postMessage({ type: "unit-closed", unitId });
}

const thread: ThreadCalls = {
  open(path) {
    writer = openLibraryWriter(path);
  },
  finishChunks: (leaves = 0) => passed("finishChunks", leaves),
  buildIndex(rows = 0) {
    const before = followed;
    followed = 0;
    return passed("buildIndex", rows) + before;
  },
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
  if (data.type !== "chunker") return receive(data);
  const { port } = data;
  port.onmessage = ({ data: passed }: { data: ToWriter }) => {
    receive(passed);
    const bytes = bytesOf(passed);
    if (bytes > 0) port.postMessage({ bytes } satisfies Handled);
  };
};

function receive(data: ToWriter): void {
  idle.stop();
  timed(() => take(data));
  // What the chunker reads for the index is not to be done here, too.
  if (data.type === "index-rows") isBehind = false;
  if (mayFollow()) idle.after(IDLE_MS);
}

function mayFollow(): boolean {
  return isBehind && isFollowing && writer !== undefined;
}

/** What the chunker counts as being on the way. */
function bytesOf(data: ToWriter): number {
  if (data.type === "chunked") return data.held.bytes;
  return data.type === "leaf-chunks" || data.type === "index-rows" ? data.bytes : 0;
}

function timed(work: () => void): void {
  const startedMs = performance.now();
  work();
  garbage.collect();
  busyMs += performance.now() - startedMs;
}

function take(data: ToWriter): void {
  if (data.type === "chunked" || data.type === "text" || data.type === "book") return takeOfUnit(data);
  if (data.type === "leaf-chunks" || data.type === "index-rows") return takeOfPass(data);
  // What comes of these must see what came before them.
  group.commit();
  if (data.type === "call") {
    try {
      self.postMessage({ type: "result", id: data.id, value: call(data.method, data.args) });
    } catch (thrown) {
      self.postMessage({ type: "result", id: data.id, error: toPlainError(thrown) });
    }
  } else if (data.type === "call-failed") self.postMessage({ type: "result", id: data.id, error: data.error });
  else if (data.type === "chunker") throw new SoferError("internal", "the writer has a chunker already");
  else if (data.type === "abandon") orRefuse(data.unitId, () => forget(data.unitId));
  else refuse(data.unitId, data.error);
}

function takeOfPass(data: Extract<ToWriter, { type: "leaf-chunks" | "index-rows" }>): void {
  const { bytes } = data;
  if (data.type === "index-rows") {
    if (!refusedPasses.has("buildIndex"))
      group.add(passWrite("buildIndex", bytes, () => theWriter().addToIndex(data.rows)));
    return;
  }
  const { nodeId, version, range, chunks, segmentTextIds, chunking } = data.leaf;
  const run = () => theWriter().replaceChunks(nodeId, version, range, chunks, segmentTextIds, chunking);
  if (!refusedPasses.has("finishChunks")) group.add(passWrite("finishChunks", bytes, run));
}

function takeOfUnit(data: Extract<ToWriter, { type: "chunked" | "text" | "book" }>): void {
  const unitId = data.type === "chunked" ? data.unitId : data.close.unitId;
  if (refused.has(unitId)) {
    if (data.type !== "chunked") orRefuse(unitId, () => forget(unitId));
    return;
  }
  const earlier = heldBack.get(unitId);
  heldBack.delete(unitId);
  const isUnitsEnd = data.type === "text" && !data.isStaged;
  if (earlier !== undefined && !isUnitsEnd) {
    group.add(parcelWrite(unitId, earlier, null));
    if (refused.has(unitId)) return takeOfUnit(data);
  }
  if (data.type === "chunked") {
    if (data.stagedIn === null) heldBack.set(unitId, data.held);
    else group.add(stagedWrite(unitId, data.stagedIn, data.held));
  } else if (data.type === "book") {
    // The flip of a book that was there takes a second, and removes what others point to: not together with others.
    if (data.close.isRefresh) group.addAlone(bookWrite(data.close));
    else group.add(bookWrite(data.close));
  } else if (earlier !== undefined && isUnitsEnd) group.add(parcelWrite(unitId, earlier, data.close));
  else group.add(closeWrite(data.close, data.isStaged));
}
