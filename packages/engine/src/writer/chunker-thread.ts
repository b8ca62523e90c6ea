import { SoferError, toPlainError, type Path } from "@sofer/core";
import { openLibrary } from "@sofer/store/reader";
import { chunkLeaf, cleanText, countTokens, loadTokenizer } from "@sofer/text";
import { missingChunks } from "../finish-chunks.ts";
import { Garbage } from "../garbage.ts";
import { Backlog } from "./backlog.ts";
import type { ChunkerStart, FromChunker, Handled, ParcelInHand, ToChunker, ToWriter } from "./messages.ts";

/**
 * A thread of the coordinator before the writer: it gathers a unit's batches, cleans their texts, counts tokens and makes
 * chunks (the tokenizer lives here, once), while the writer commits the parcel before (decision 0030). What needs
 * no chunks is passed on in its place.
 */
declare const self: {
  postMessage(message: FromChunker): void;
  onmessage: ((event: { data: ChunkerStart | ToChunker }) => void) | null;
};

interface Gathering {
  paths: Path[];
  texts: string[];
  bytes: number;
}

/** Bytes of batches on their way to the writer from which on no batch is acknowledged, so that workers wait. */
const MOST_ON_THE_WAY = 8 * 1024 * 1024;

/** Bytes of texts after which what was made of them is collected: a hundredth of the time that it takes to chunk them. */
const GARBAGE_BYTES = 16 * 1024 * 1024;

let writer: MessagePort | undefined;
let libraryPath = "";
const gathering = new Map<string, Gathering>();
const garbage = new Garbage(GARBAGE_BYTES);
const onTheWay = new Backlog(MOST_ON_THE_WAY);
/** Messages that came while chunks of the library itself are made; null: none are. */
let waiting: ToChunker[] | null = null;
/** ms since the thread began. */
let chunkMs = 0;

function post(message: ToWriter): void {
  if (writer === undefined) throw new SoferError("internal", "the chunker has no writer yet");
  writer.postMessage(message);
}

function rowsOf(unitId: string): Gathering {
  let rows = gathering.get(unitId);
  if (rows === undefined) gathering.set(unitId, (rows = { paths: [], texts: [], bytes: 0 }));
  return rows;
}

/** Token counts, and chunks where the parcel is a whole leaf. */
function chunked({ unitId, bookTitle, leaf, head }: Extract<ToChunker, { type: "parcel" }>): ParcelInHand {
  const { paths, texts, bytes } = rowsOf(unitId);
  const segments = texts.map((raw, index) => {
    const { text } = cleanText(raw);
    return { path: paths[index] ?? [], text, tokens: countTokens(text) };
  });
  const chunks = head.range === null ? chunkLeaf({ bookTitle, leaf, version: head.version, segments }) : null;
  const tokens = segments.map((segment) => segment.tokens);
  return { bookTitle, parcel: { ...head, paths, texts, tokens, chunks }, bytes };
}

function take(data: ToChunker): void {
  if (data.type === "batch") {
    const { batch, worker } = data;
    const rows = rowsOf(batch.unitId);
    for (const path of batch.paths) rows.paths.push(path);
    for (const text of batch.texts) rows.texts.push(text);
    rows.bytes += batch.bytes;
    onTheWay.whenRoom(() => self.postMessage({ type: "taken", worker, bytes: batch.bytes }));
  } else if (data.type === "parcel") {
    const { unitId, stagedIn } = data;
    const startedMs = performance.now();
    try {
      const inHand = chunked(data);
      onTheWay.sent(inHand.bytes);
      post({ type: "chunked", unitId, held: inHand, stagedIn });
    } catch (thrown) {
      post({ type: "refuse", unitId, error: toPlainError(thrown) });
    } finally {
      garbage.add(rowsOf(unitId).bytes);
      gathering.delete(unitId);
      garbage.collect();
      chunkMs += performance.now() - startedMs;
    }
  } else if (data.type === "call" && data.method === "spent") post({ ...data, args: [chunkMs] });
  else if (data.type === "call" && data.method === "finishChunks") void finishChunks(data);
  else {
    // What came of a unit without a parcel around it.
    if (data.type === "abandon") gathering.delete(data.unitId);
    else if (data.type !== "call") gathering.delete(data.close.unitId);
    post(data);
  }
}

async function finishChunks(call: Extract<ToChunker, { type: "call" }>): Promise<void> {
  waiting = [];
  const startedMs = performance.now();
  try {
    let leaves = 0;
    const library = openLibrary(libraryPath, { isThrifty: true });
    try {
      for (const leaf of missingChunks(library)) {
        const bytes = leaf.chunks.reduce((sum, chunk) => sum + 64 * (1 + chunk.spans.length), 0);
        leaves++;
        onTheWay.sent(bytes);
        post({ type: "leaf-chunks", leaf, bytes });
        await onTheWay.room();
      }
    } finally {
      library.close();
    }
    post({ ...call, args: [leaves] });
  } catch (thrown) {
    post({ type: "call-failed", id: call.id, error: toPlainError(thrown) });
  } finally {
    chunkMs += performance.now() - startedMs;
    const came = waiting;
    waiting = null;
    for (const data of came) receive(data);
  }
}

function receive(data: ToChunker): void {
  if (waiting === null) take(data);
  else waiting.push(data);
}

self.onmessage = ({ data }) => {
  if (data.type !== "start") return receive(data);
  writer = data.port;
  libraryPath = data.libraryPath;
  // The first rows are on their way. Making the tables leaves several times their size behind.
  void loadTokenizer();
  Bun.gc(true);
  writer.onmessage = (handled: { data: Handled }) => onTheWay.handled(handled.data.bytes);
};
