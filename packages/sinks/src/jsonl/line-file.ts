import { existsSync } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { SoferError, type SinkSpec } from "@sofer/core";
import { headerLine, readLine, type Line } from "./lines.ts";

export interface Placed {
  readonly contentHash: string;
  /** Of its line, in bytes, with the line's end. */
  readonly from: number;
  readonly bytes: number;
}

const COPY_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * A file of lines that is only appended to, with an index of what is in it. What was appended is on the disk before it
 * is said to be. A last line without an end is what a crash left of one: it is cut off.
 */
export class LineFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #index: Map<string, Placed>;
  #end: number;
  /** Bytes of lines that later ones made void. */
  #void: number;
  readonly spec: SinkSpec;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(path: string, handle: FileHandle, read: Read) {
    this.#path = path;
    this.#handle = handle;
    this.#index = read.index;
    this.#end = read.end;
    this.#void = read.void;
    this.spec = read.spec;
  }

  get size(): number {
    return this.#index.size;
  }

  get index(): ReadonlyMap<string, Placed> {
    return this.#index;
  }

  /** A file with nothing but its header, in place of whatever was there. */
  static async create(path: string, spec: SinkSpec): Promise<void> {
    await withDiskErrors(path, () => mkdir(dirname(path), { recursive: true }));
    await replaceFile(path, async (file) => {
      await file.write(headerLine(spec));
    });
  }

  /** null: there is none. @throws `mismatch` when it is not ours */
  static async open(path: string): Promise<LineFile | null> {
    if (!existsSync(path)) return null;
    const handle = await withDiskErrors(path, () => open(path, "r+"));
    try {
      const read = await readFile(path, handle);
      await handle.truncate(read.end);
      return new LineFile(path, handle, read);
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  /** Appends them, in one write, after those before; then they are on the disk. */
  append(lines: readonly { readonly text: string; readonly line: Line }[]): Promise<void> {
    return this.#inTurn(async () => {
      const parts = lines.map(({ text }) => Buffer.from(text));
      const bytes = Buffer.concat(parts);
      try {
        await writeAll(this.#handle, bytes, this.#end);
        await this.#handle.datasync();
      } catch (thrown) {
        // A part of them may be there: without its end it would be taken for damage later.
        await this.#handle.truncate(this.#end);
        throw diskError(thrown, this.#path);
      }
      for (const [at, { line }] of lines.entries()) {
        const size = parts[at]?.byteLength ?? 0;
        this.#void += take(this.#index, line, this.#end, size);
        this.#end += size;
      }
    });
  }

  /** Without the lines that are void: the file is written anew and takes the old one's place at once. */
  async close(): Promise<void> {
    try {
      await this.#inTurn(() => (this.#void === 0 ? Promise.resolve() : this.#compact()));
    } finally {
      await this.#handle.close();
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    // A failed write is its caller's; the next one is not held up by it.
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #compact(): Promise<void> {
    const placed = [...this.#index.values()].toSorted((a, b) => a.from - b.from);
    await replaceFile(this.#path, async (file) => {
      await file.write(headerLine(this.spec));
      for (const { from, to } of stretches(placed)) {
        for (let at = from; at < to; at += COPY_BYTES) {
          const part = Buffer.alloc(Math.min(COPY_BYTES, to - at));
          const { bytesRead } = await this.#handle.read(part, 0, part.length, at);
          if (bytesRead !== part.length)
            throw new SoferError("library", `${this.#path} was cut short by somebody else`);
          await writeAll(file, part, null);
        }
      }
    });
  }
}

/** Lines that stand side by side, as one. */
function* stretches(placed: readonly Placed[]): Generator<{ readonly from: number; readonly to: number }> {
  let from = placed[0]?.from ?? 0;
  let to = from;
  for (const line of placed) {
    if (line.from !== to) {
      yield { from, to };
      from = line.from;
    }
    to = line.from + line.bytes;
  }
  yield { from, to };
}

interface Read {
  readonly spec: SinkSpec;
  readonly index: Map<string, Placed>;
  /** Behind the last whole line. */
  readonly end: number;
  readonly void: number;
}

async function readFile(path: string, handle: FileHandle): Promise<Read> {
  const index = new Map<string, Placed>();
  const decoder = new TextDecoder();
  let spec: SinkSpec | null = null;
  let voidBytes = 0;
  let number = 0;
  let end = 0;
  let rest = Buffer.alloc(0);
  for (let at = 0; ;) {
    const part = Buffer.alloc(COPY_BYTES);
    const { bytesRead } = await handle.read(part, 0, part.length, at);
    if (bytesRead === 0) break;
    at += bytesRead;
    rest = Buffer.concat([rest, part.subarray(0, bytesRead)]);
    let from = 0;
    for (let newline = rest.indexOf(NEWLINE); newline >= 0; newline = rest.indexOf(NEWLINE, from)) {
      const line = readLine(decoder.decode(rest.subarray(from, newline)));
      const bytes = newline + 1 - from;
      number++;
      if (line === null || (line.type === "header") !== (number === 1)) throw notOurs(path, number);
      if (line.type === "header") spec = line.spec;
      else voidBytes += take(index, line, end, bytes);
      end += bytes;
      from = newline + 1;
    }
    rest = rest.subarray(from);
  }
  if (spec === null) throw notOurs(path, 1);
  return { spec, index, end, void: voidBytes };
}

function notOurs(path: string, line: number): SoferError {
  return new SoferError("mismatch", `${path}: line ${line} is not a line that sofer wrote`, {
    hint: "name another file, or move this one away: it is then written anew",
  });
}

/** Notes a line; returns how many bytes became void by it. */
function take(index: Map<string, Placed>, line: Line, from: number, bytes: number): number {
  if (line.type === "header") return 0;
  const before = index.get(line.id)?.bytes ?? 0;
  index.delete(line.id);
  if (line.type === "removed") return before + bytes;
  index.set(line.id, { contentHash: line.contentHash, from, bytes });
  return before;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number | null): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const place = position === null ? null : position + at;
    at += (await handle.write(bytes, at, bytes.byteLength - at, place)).bytesWritten;
  }
}

async function replaceFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw diskError(thrown, path);
  }
}

async function withDiskErrors<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw diskError(thrown, path);
  }
}

function diskError(thrown: unknown, path: string): SoferError {
  if (thrown instanceof SoferError) return thrown;
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
  // A path through a file, or to a folder, is a mistake in writing.
  if (["ENOTDIR", "EEXIST", "EISDIR"].includes(code)) {
    return new SoferError("usage", `${path} is no place for a file (${code})`, { hint: "name another path" });
  }
  if (code === "ENOSPC")
    return new SoferError("disk", `no room left on the disk of ${path}`, { hint: "free some room and push again" });
  return new SoferError("library", `${path} cannot be written (${code})`, {
    hint: "check the path and the permissions of its folder",
    cause: thrown,
  });
}
