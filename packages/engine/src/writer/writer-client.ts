import { fromPlainError, SoferError, type PlainError } from "@sofer/core";
import { startWriterThread, type EarlyStart } from "../early-start.ts";
import type {
  ChunkerStart,
  FromChunker,
  FromWriter,
  ToChunker,
  ToWriter,
  WriterApi,
  WriterMethod,
} from "./messages.ts";

type Reply<M extends WriterMethod> = ReturnType<WriterApi[M]>;

/** Errors of the writer that are no unit's own: nothing more can be written. */
const OF_THE_LIBRARY: ReadonlySet<string> = new Set(["disk", "library", "locked", "newer"]);

export function isOfTheLibrary({ code }: PlainError): boolean {
  return OF_THE_LIBRARY.has(code);
}

/** What the coordinator hears of both threads. */
export type WriterNews = FromChunker | Exclude<FromWriter, { type: "result" }>;

/** The coordinator's end of the writer thread, and of the chunker thread before it, which begins with the first rows. */
export class WriterClient {
  readonly #writer: Worker;
  #chunker: Worker | null = null;
  /** Rows went to it, behind which everything has to stay. */
  #hasRows = false;
  /** Threads that were told to end. */
  readonly #leaving = new WeakSet<Worker>();
  #libraryPath = "";
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #next = 0;
  #isClosing = false;
  #lostWith: SoferError | undefined;
  readonly #onMessage: (message: WriterNews) => void;
  readonly #onLost: (error: SoferError) => void;

  /**
   * @param onLost the thread ended without being told to: nothing more can be written, the run must stop
   * @param early the thread may be there
   */
  constructor(onMessage: (message: WriterNews) => void, onLost: (error: SoferError) => void, early?: EarlyStart) {
    this.#onMessage = onMessage;
    this.#onLost = onLost;
    this.#writer = this.#watch(early?.takeThread() ?? startWriterThread(), "the writer thread ended");
    this.#writer.onmessage = (event: MessageEvent<FromWriter>) => this.#receive(event.data);
  }

  open(libraryPath: string): Promise<void> {
    this.#libraryPath = libraryPath;
    return this.call("open", libraryPath);
  }

  /** Starts the chunker now: it loads its tokenizer while the first answers are on their way. */
  expectRows(): void {
    if (!this.#isClosing) this.#chunker ??= this.#startChunker();
  }

  /** No rows are expected any more: the chunker leaves, with its tokenizer's memory. Should there be some yet, it comes again. */
  rest(): void {
    const chunker = this.#chunker;
    if (chunker === null) return;
    this.#chunker = null;
    this.#hasRows = false;
    this.#leaving.add(chunker);
    chunker.terminate();
  }

  /** What a thread that has gone is told is lost with it; `onLost` says so. */
  post(message: ToChunker): void {
    const needsChunker = message.type === "batch" || message.type === "parcel" || isPass(message);
    if (needsChunker) {
      this.expectRows();
      this.#hasRows = true;
    }
    // While it loads its tokenizer, what is only for the writer need not wait.
    (this.#hasRows ? (this.#chunker ?? this.#writer) : this.#writer).postMessage(message);
  }

  #startChunker(): Worker {
    const thread = new Worker(new URL("./chunker-thread.ts", import.meta.url).href);
    const chunker = this.#watch(thread, "the chunker thread ended");
    chunker.onmessage = (event: MessageEvent<FromChunker>) => this.#onMessage(event.data);
    const { port1, port2 } = new MessageChannel();
    this.#writer.postMessage({ type: "chunker", port: port1 } satisfies ToWriter, [port1]);
    const start: ChunkerStart = { type: "start", port: port2, libraryPath: this.#libraryPath };
    chunker.postMessage(start, [port2]);
    return chunker;
  }

  #watch(thread: Worker, whenItEnds: string): Worker {
    thread.onerror = (event) => this.#lost(messageIn(event.message));
    thread.addEventListener("close", () => {
      if (!this.#isClosing && !this.#leaving.has(thread)) this.#lost(whenItEnds);
    });
    return thread;
  }

  call<M extends WriterMethod>(method: M, ...args: Parameters<WriterApi[M]>): Promise<Reply<M>> {
    if (this.#lostWith !== undefined) return Promise.reject(this.#lostWith);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve: (value) => resolve(value as Reply<M>), reject });
      this.post({ type: "call", id, method, args });
    });
  }

  /** Closes the library and ends the threads; what was posted before is written first. */
  async close(): Promise<void> {
    await this.call("close");
    this.#isClosing = true;
    this.#chunker?.terminate();
    this.#writer.terminate();
  }

  #receive(message: FromWriter): void {
    if (message.type !== "result") return this.#onMessage(message);
    const waiting = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.value);
    else waiting?.reject(fromPlainError(message.error));
  }

  #lost(why: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const error = new SoferError("internal", `the writer stopped: ${why}`, {
      hint: "run the same command again: it continues",
    });
    this.#lostWith = error;
    for (const waiting of this.#calls.values()) waiting.reject(error);
    this.#calls.clear();
    this.#onLost(error);
  }
}

/** A call for which the chunker reads the library. */
function isPass(message: ToChunker): boolean {
  return message.type === "call" && (message.method === "finishChunks" || message.method === "buildIndex");
}

/** What was thrown, without the lines of source that Bun puts before it. */
function messageIn(said: string): string {
  return /^(?:\w*error): .*$/im.exec(said)?.[0] ?? said;
}
