import { fromPlainError, SoferError, type PlainError } from "@sofer/core";
import type { FromWriter, ToWriter, WriterApi, WriterMethod } from "./messages.ts";

type Reply<M extends WriterMethod> = ReturnType<WriterApi[M]>;

/** Errors of the writer that are no unit's own: nothing more can be written. */
const OF_THE_LIBRARY: ReadonlySet<string> = new Set(["disk", "library", "locked", "newer"]);

export function isOfTheLibrary({ code }: PlainError): boolean {
  return OF_THE_LIBRARY.has(code);
}

/** The coordinator's end of the writer thread. */
export class WriterClient {
  readonly #thread: Worker;
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #next = 0;
  #isClosing = false;
  #lostWith: SoferError | undefined;
  readonly #onMessage: (message: Exclude<FromWriter, { type: "result" }>) => void;
  readonly #onLost: (error: SoferError) => void;

  /** @param onLost the thread ended without being told to: nothing more can be written, the run must stop. */
  constructor(
    onMessage: (message: Exclude<FromWriter, { type: "result" }>) => void,
    onLost: (error: SoferError) => void,
  ) {
    this.#onMessage = onMessage;
    this.#onLost = onLost;
    this.#thread = new Worker(new URL("./writer-thread.ts", import.meta.url).href);
    this.#thread.onmessage = (event: MessageEvent<FromWriter>) => this.#receive(event.data);
    this.#thread.onerror = (event) => this.#lost(messageIn(event.message));
    this.#thread.addEventListener("close", () => {
      if (!this.#isClosing) this.#lost("the writer thread ended");
    });
  }

  post(message: ToWriter): void {
    this.#thread.postMessage(message);
  }

  call<M extends WriterMethod>(method: M, ...args: Parameters<WriterApi[M]>): Promise<Reply<M>> {
    if (this.#lostWith !== undefined) return Promise.reject(this.#lostWith);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve: (value) => resolve(value as Reply<M>), reject });
      this.post({ type: "call", id, method, args });
    });
  }

  /** Closes the library and ends the thread; what was posted before is written first. */
  async close(): Promise<void> {
    await this.call("close");
    this.#isClosing = true;
    this.#thread.terminate();
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

/** What was thrown, without the lines of source that Bun puts before it. */
function messageIn(said: string): string {
  return /^(?:\w*error): .*$/im.exec(said)?.[0] ?? said;
}
