/*
 * For `bun --preload`, in tests: the program's writer thread ends by itself at its n-th message, in one of the ways in
 * which a thread can. Nothing of the program is replaced: the thread is the real one, and so is its end.
 */
const [how = "", after = "0"] = (process.env["LOSE_WRITER"] ?? "").split(":");

if (Bun.isMainThread) {
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    #messages = 0;

    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, { ...options, preload: [import.meta.path] });
    }

    override postMessage(message: unknown): void {
      super.postMessage(message);
      if (how === "terminate" && ++this.#messages === Number(after)) this.terminate();
    }
  };
} else {
  let messages = 0;
  globalThis.addEventListener("message", () => {
    if (++messages !== Number(after)) return;
    if (how === "throw") {
      setTimeout(() => {
        throw new Error("the writer was lost on purpose");
      }, 0);
    }
    if (how === "reject") void Promise.reject(new Error("the writer was lost on purpose"));
    if (how === "exit") process.exit(0);
  });
}

export {};
