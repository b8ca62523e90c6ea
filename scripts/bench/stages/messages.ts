import { join } from "node:path";
import { packRows, type PackedRows } from "@sofer/engine";
import { cpuSecondsOf } from "../processes.ts";

const TAKER = join(import.meta.dir, "taker.ts");
/** As workers do: batches of half a megabyte, at most so many bytes not acknowledged. */
const BATCH_BYTES = 512 * 1024;
const WINDOW_BYTES = 4 * 1024 * 1024;

export interface Rows {
  readonly paths: readonly (readonly number[])[];
  readonly texts: readonly string[];
}

/** One batch on its way. */
export interface Batch {
  readonly rows: PackedRows;
  readonly bytes: number;
}

/** What is on its way, and who waits for it to be less. */
class Window {
  #bytes = 0;
  #wake: (() => void) | null = null;

  sent(bytes: number): void {
    this.#bytes += bytes;
  }

  taken(bytes: number): void {
    this.#bytes -= bytes;
    this.#wake?.();
  }

  async room(mostBytes: number): Promise<void> {
    while (this.#bytes > mostBytes) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}

/** Sends all rows to another process that only says it has them; CPU of both. */
export async function passMessages(all: readonly Rows[]): Promise<{ wallSeconds: number; cpuSeconds: number }> {
  const batches = all.flatMap(cut);
  const window = new Window();
  const child = Bun.spawn([process.execPath, TAKER], {
    stdio: ["ignore", "ignore", "inherit"],
    serialization: "advanced",
    ipc: (bytes: number) => window.taken(bytes),
  });
  // The first answer says that the other process is there.
  child.send({ rows: packRows([], []), bytes: 1 } satisfies Batch);
  window.sent(1);
  await window.room(0);
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (const batch of batches) {
    await window.room(WINDOW_BYTES);
    child.send(batch);
    window.sent(batch.bytes);
  }
  await window.room(0);
  const wallSeconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  child.disconnect();
  await child.exited;
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 + cpuSecondsOf(child) };
}

function cut({ paths, texts }: Rows): Batch[] {
  const batches: Batch[] = [];
  let from = 0;
  let bytes = 0;
  for (let at = 0; at < texts.length; at++) {
    bytes += 2 * (texts[at]?.length ?? 0);
    if (bytes < BATCH_BYTES && at < texts.length - 1) continue;
    batches.push({ rows: packRows(paths, texts, from, at + 1), bytes });
    from = at + 1;
    bytes = 0;
  }
  return batches;
}
