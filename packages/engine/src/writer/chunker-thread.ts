import { SoferError, toPlainError, type Leaf, type LeafRange } from "@sofer/core";
import type { Library } from "@sofer/store";
import { openLibrary } from "@sofer/store/reader";
import { chunkLeaf, cleanText, countTokens, loadTokenizer } from "@sofer/text";
import { missingChunks } from "../finish-chunks.ts";
import { Garbage } from "../garbage.ts";
import { beNice, NICENESS } from "../niceness.ts";
import { unpackRows, type PackedRows } from "../packed-rows.ts";
import { Backlog } from "./backlog.ts";
import type { ChunkerStart, FromChunker, Handled, ParcelInHand, ToChunker, ToWriter } from "./messages.ts";
import { packChunks } from "./packed-chunks.ts";

/**
 * A thread of the coordinator before the writer: it gathers a unit's batches, cleans their texts, counts tokens and makes
 * chunks (the tokenizer lives here, once), while the writer commits the parcel before (decision 0030). What needs
 * no chunks is passed on in its place.
 */
declare const self: {
  postMessage(message: FromChunker): void;
  onmessage: ((event: { data: ChunkerStart | ToChunker }) => void) | null;
};

type PassMessage = Extract<ToWriter, { type: "leaf-chunks" | "index-rows" }>;

interface Gathering {
  readonly rows: PackedRows[];
  bytes: number;
}

/** Bytes of batches on their way to the writer from which on no batch is acknowledged, so that workers wait. */
const MOST_ON_THE_WAY = 8 * 1024 * 1024;

/** Bytes of texts after which what was made of them is collected: a hundredth of the time that it takes to chunk them. */
const GARBAGE_BYTES = 8 * 1024 * 1024;

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
  if (rows === undefined) gathering.set(unitId, (rows = { rows: [], bytes: 0 }));
  return rows;
}

/** Chunks never cross a top-level section: whole ones can be chunked without the rest of their leaf. */
function isWholeSections(range: LeafRange | null, { depth }: Leaf): boolean {
  return range === null || (depth > 1 && range.from.length === 1 && range.to.length === 1);
}

/** Token counts, and chunks where the parcel is a whole leaf, or whole sections of one. */
function chunked({ unitId, bookTitle, leaf, head }: Extract<ToChunker, { type: "parcel" }>): ParcelInHand {
  const { rows, bytes } = rowsOf(unitId);
  const { paths, texts } = unpackRows(rows);
  const segments = texts.map((raw, index) => {
    const { text } = cleanText(raw);
    return { path: paths[index] ?? [], text, tokens: countTokens(text) };
  });
  const chunks = isWholeSections(head.range, leaf)
    ? chunkLeaf({ bookTitle, leaf, version: head.version, segments })
    : null;
  const tokens = Uint32Array.from(segments, (segment) => segment.tokens);
  return { bookTitle, head, rows, tokens, chunks: chunks === null ? null : packChunks(chunks), bytes };
}

function take(data: ToChunker): void {
  if (data.type === "batch") {
    const { batch, worker } = data;
    const rows = rowsOf(batch.unitId);
    rows.rows.push(batch.rows);
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
  else if (data.type === "call" && data.method === "finishChunks") void readThrough(data, finishChunks);
  else if (data.type === "call" && data.method === "buildIndex") void readThrough(data, readUnindexed);
  else {
    // What came of a unit without a parcel around it.
    if (data.type === "abandon") gathering.delete(data.unitId);
    else if (data.type !== "call") gathering.delete(data.close.unitId);
    post(data);
  }
}

/** Passes on what `pass` makes of the library, and then the call, with how many there were. Other messages wait. */
async function readThrough(
  call: Extract<ToChunker, { type: "call" }>,
  pass: (library: Library) => Iterable<{ readonly message: PassMessage; readonly count: number }>,
): Promise<void> {
  waiting = [];
  const startedMs = performance.now();
  try {
    let passedOn = 0;
    const library = openLibrary(libraryPath, { isThrifty: true });
    try {
      for (const { message, count } of pass(library)) {
        passedOn += count;
        onTheWay.sent(message.bytes);
        post(message);
        garbage.add(message.bytes);
        garbage.collect();
        await onTheWay.room();
      }
    } finally {
      library.close();
    }
    post({ ...call, args: [passedOn] });
  } catch (thrown) {
    post({ type: "call-failed", id: call.id, error: toPlainError(thrown) });
  } finally {
    chunkMs += performance.now() - startedMs;
    const came = waiting;
    waiting = null;
    for (const data of came) receive(data);
  }
}

function* finishChunks(library: Library): Generator<{ readonly message: PassMessage; readonly count: number }> {
  for (const leaf of missingChunks(library)) {
    const bytes = leaf.chunks.reduce((sum, chunk) => sum + 64 * (1 + chunk.spans.length), 0);
    yield { message: { type: "leaf-chunks", leaf, bytes }, count: 1 };
  }
}

function* readUnindexed(library: Library): Generator<{ readonly message: PassMessage; readonly count: number }> {
  for (const rows of library.unindexedTexts()) {
    const bytes = rows.texts.reduce((sum, text) => sum + 2 * text.length, 0);
    yield { message: { type: "index-rows", rows, bytes }, count: rows.ids.length };
  }
}

function receive(data: ToChunker): void {
  if (waiting === null) take(data);
  else waiting.push(data);
}

self.onmessage = ({ data }) => {
  if (data.type !== "start") return receive(data);
  writer = data.port;
  beNice(NICENESS.chunker);
  libraryPath = data.libraryPath;
  // The first rows are on their way.
  void loadTokenizer();
  writer.onmessage = (handled: { data: Handled }) => onTheWay.handled(handled.data.bytes);
};
