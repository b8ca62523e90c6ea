/*
 * For `bun --preload`, in tests: one of the program's two threads ends by itself at its n-th message, in one of the ways in
 * which a thread can. Nothing of the program is replaced: the thread is the real one, and so is its end.
 */
const [which = "", how = "", after = "0"] = (process.env["LOSE_THREAD"] ?? "").split(":");

if (Bun.isMainThread) {
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    readonly #isIt: boolean;
    #messages = 0;

    constructor(url: string | URL, options?: WorkerOptions) {
      const isIt = String(url).includes(`${which}-thread`);
      super(url, isIt ? { ...options, preload: [import.meta.path] } : options);
      this.#isIt = isIt;
    }

    override postMessage(message: unknown, transfer?: Bun.StructuredSerializeOptions | Bun.Transferable[]): void {
      if (Array.isArray(transfer)) super.postMessage(message, transfer);
      else super.postMessage(message, transfer);
      if (this.#isIt && how === "terminate" && ++this.#messages === Number(after)) this.terminate();
    }
  };
} else {
  let messages = 0;
  const count = (event: Event): void => {
    const data: unknown = event instanceof MessageEvent ? event.data : null;
    // The writer hears most by a port that it is given.
    if (which === "writer" && typeof data === "object" && data !== null && "port" in data) {
      if (data.port instanceof MessagePort) data.port.addEventListener("message", count);
    }
    if (++messages !== Number(after)) return;
    if (how === "throw") {
      setTimeout(() => {
        throw new Error("the thread was lost on purpose");
      }, 0);
    }
    if (how === "reject") void Promise.reject(new Error("the thread was lost on purpose"));
    if (how === "exit") process.exit(0);
  };
  globalThis.addEventListener("message", count);
}

export {};
