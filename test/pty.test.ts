import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { demoLibrary, startSandbox, type Sandbox, type SandboxOptions } from "@sofer/sandbox";
import { heldRows, heldSegments, MAIN, runCli, tempDir, verified } from "./support.ts";

// A real pseudo-terminal, as a person sits at it: Ctrl-C goes to the whole foreground group, and `bun run` forwards it
// once more to a script that got it already.
const ROOT = resolve(import.meta.dir, "..");
const CTRL_C = "\x03";
const ESCAPE = "\x1b";
/** Longer than the time in which a second SIGINT is taken for the same key press. */
const NEXT_KEY_PRESS_MS = 700;

const folder = tempDir();
const library = demoLibrary();
/** Small simple books, one text request each (two where versions tie). */
const TITLES = [
  "Scroll of Lamps",
  "Mishnah Shearim",
  "Mishnah Neharot",
  "Sayings of the Well",
  "Torn Pages",
  "Poem of the Scribe",
];

let undisturbed: string;
beforeAll(async () => {
  undisturbed = await finish("undisturbed.sqlite");
}, 120_000);
afterAll(() => folder.dispose());

const settings = (name: string) => ({ SOFER_LIBRARY: folder.file(name), SOFER_PACE_FILE: folder.file("pace") });

function environment(name: string): Record<string, string | undefined> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith("SOFER_")));
  return { ...clean, TERM: "xterm-256color", ...settings(name) };
}

const wanted = (sandbox: Sandbox) => ["--base-url", sandbox.url, "--max-workers", "2", "--titles", ...TITLES];

/** Brings what is missing without a terminal, proves the whole, and gives all that it holds. */
async function finish(name: string): Promise<string> {
  const sandbox = await startSandbox({ library });
  try {
    const { code } = await runCli(["ingest", ...wanted(sandbox), "--rate", "0"], { env: settings(name) });
    expect(code).toBe(0);
  } finally {
    await sandbox.stop();
  }
  expect((await verified(folder.file(name))).isWhole).toBe(true);
  return heldRows(folder.file(name));
}

class Session {
  readonly child: Bun.Subprocess;
  output = "";
  #wakers: (() => void)[] = [];

  constructor(command: readonly string[], name: string, size = { cols: 80, rows: 24 }) {
    const decoder = new TextDecoder();
    this.child = Bun.spawn([...command], {
      cwd: ROOT,
      env: environment(name),
      terminal: {
        ...size,
        data: (_terminal, bytes) => {
          this.output += decoder.decode(bytes, { stream: true });
          for (const wake of this.#wakers.splice(0)) wake();
        },
      },
    });
  }

  press(key: string): void {
    this.child.terminal?.write(key);
  }

  /** Until the terminal has shown it. A program that ends without showing it is an error. */
  async shows(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const more = new Promise<void>((wake) => this.#wakers.push(wake));
      const ended = await Promise.race([more.then(() => false), this.child.exited.then(() => true)]);
      if (ended && !this.output.includes(text)) throw new Error(`ended without showing "${text}":\n${this.output}`);
    }
  }

  async ended(): Promise<number> {
    const code = await this.child.exited;
    this.child.terminal?.close();
    return code;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(10);
}

/** Processes that the terminal's session still has: the program leads it, its workers belong to it. */
function membersOf(session: number): string[] {
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && sessionOf(entry) === session);
}

function sessionOf(pid: string): number | null {
  try {
    // pid (name) state parent group session …; the name may hold anything but ends at the last parenthesis.
    const [, , , session] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return Number(session);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return null;
    throw error;
  }
}

async function withSandbox(
  options: Omit<SandboxOptions, "library">,
  use: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ library, ...options });
  try {
    await use(sandbox);
  } finally {
    await sandbox.stop();
  }
}

// Nothing below runs on Windows, where the road to a terminal is another one; the sessions are read from /proc.
describe.skipIf(process.platform !== "linux")("Ctrl-C in a terminal, through bun run ingest", () => {
  const ingest = (sandbox: Sandbox, rate: string) => [
    process.execPath,
    "run",
    "ingest",
    ...wanted(sandbox),
    "--rate",
    rate,
  ];

  test("one key press: what is in flight is finished and kept, exit code 130, resuming gives the same dump", async () => {
    await withSandbox({ latencyMs: 50 }, async (sandbox) => {
      const session = new Session(ingest(sandbox, "10"), "once.sqlite");
      await until(() => sandbox.stats().requests.texts >= 3);
      session.press(CTRL_C);
      expect(await session.ended()).toBe(130);
      expect(session.output).toContain("SIGINT: finishing what is in flight");
      expect(session.output.match(/SIGINT: finishing/g)).toHaveLength(1);
      expect(session.output).toContain("interrupted");
      expect(session.output).not.toContain("stopped at once");
      await until(() => membersOf(session.child.pid).length === 0);
      const asked = sandbox.stats().requests.texts;
      expect(asked).toBeLessThan(TITLES.length);
      expect(heldSegments(folder.file("once.sqlite")).length).toBeGreaterThan(0);
      expect(sandbox.stats().inFlight).toBe(0);
    });
    expect(await finish("once.sqlite")).toBe(undisturbed);
  }, 120_000);

  test("a second key press ends at once, leaves no process behind, and loses nothing", async () => {
    // One answer that will not come within this test: only an end at once does not wait for it.
    const slow = { kind: "slow", endpoint: "texts", times: 1, delayMs: 600_000 } as const;
    await withSandbox({ faults: [slow] }, async (sandbox) => {
      const session = new Session(ingest(sandbox, "20"), "twice.sqlite");
      await until(() => sandbox.stats().requests.texts >= 4);
      session.press(CTRL_C);
      await session.shows("once more ends at once");
      await Bun.sleep(NEXT_KEY_PRESS_MS);
      expect(session.child.exitCode).toBeNull();
      session.press(CTRL_C);
      expect(await session.ended()).toBe(130);
      expect(sandbox.stats().inFlight).toBe(1);
      await until(() => membersOf(session.child.pid).length === 0);
    });
    expect(await finish("twice.sqlite")).toBe(undisturbed);
  }, 120_000);

  test("the window is closed: the run ends by itself, and nothing is lost", async () => {
    await withSandbox({ latencyMs: 50 }, async (sandbox) => {
      const session = new Session(ingest(sandbox, "10"), "closed.sqlite");
      await until(() => sandbox.stats().requests.texts >= 3);
      session.child.terminal?.close();
      await session.child.exited;
      await until(() => membersOf(session.child.pid).length === 0);
      expect(sandbox.stats().requests.texts).toBeLessThan(TITLES.length);
    });
    expect(await finish("closed.sqlite")).toBe(undisturbed);
  }, 120_000);
});

const CODE_OR_LETTER = new RegExp(`(${ESCAPE}\\[[0-9;?]*[A-Za-z])|([^])`, "gu");

/** What a terminal shows and has scrolled away, from what was written to it; a code it does not know is an error. */
class Screen {
  readonly #columns: number;
  readonly #rows: number;
  readonly #lines: { letters: string[]; isWrapped: boolean }[] = [{ letters: [], isWrapped: false }];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  write(text: string): void {
    for (const [, code, letter] of text.matchAll(CODE_OR_LETTER)) {
      if (code !== undefined) this.#obey(code);
      else if (letter === "\r") this.#column = 0;
      else if (letter === "\n") this.#down(false);
      else if (letter !== undefined) this.#put(letter);
    }
  }

  /** Lines as they were written, however the terminal's width broke them. */
  text(): string {
    let text = "";
    for (const { letters, isWrapped } of this.#lines)
      text += `${text === "" || isWrapped ? "" : "\n"}${letters.join("")}`;
    return text;
  }

  #obey(code: string): void {
    const number = Number(/\d+/.exec(code)?.[0] ?? 1);
    if (code.endsWith("m")) return;
    if (code.endsWith("A")) this.#row = Math.max(this.#lines.length - this.#rows, 0, this.#row - number);
    else if (code === "\x1b[J") {
      this.#lines.splice(this.#row + 1);
      this.#lines[this.#row]?.letters.splice(this.#column);
    } else throw new Error(`a code that this screen does not know: ${JSON.stringify(code)}`);
  }

  #put(letter: string): void {
    if (/\p{Cc}/u.test(letter)) throw new Error(`a control character: ${JSON.stringify(letter)}`);
    if (this.#column >= this.#columns) this.#down(true);
    const line = this.#lines[this.#row];
    if (line === undefined) throw new Error("the cursor left the screen");
    line.letters[this.#column++] = letter;
  }

  #down(isWrapped: boolean): void {
    this.#row++;
    this.#column = 0;
    if (this.#row === this.#lines.length) this.#lines.push({ letters: [], isWrapped });
  }
}

describe.skipIf(process.platform === "win32")("progress in a terminal", () => {
  /** What the terminal shows at the end of a run in a window of this size, and all that was written to it. */
  async function shown(options: Omit<SandboxOptions, "library">, cols: number, rows: number, code: number) {
    let written = "";
    await withSandbox({ latencyMs: 150, ...options }, async (sandbox) => {
      const words = [process.execPath, MAIN, "ingest", ...wanted(sandbox), "--rate", "0"];
      // A terminal that is opened without a size gets one by default: it is taken away again.
      const command = cols === 0 ? ["sh", "-c", 'stty cols 0 rows 0; exec "$@"', "sh", ...words] : words;
      const session = new Session(command, `${cols}x${rows}.sqlite`, { cols: cols || 80, rows: rows || 24 });
      expect(await session.ended()).toBe(code);
      written = session.output;
    });
    const screen = new Screen(cols || 80, rows || 24);
    screen.write(written);
    expect(screen.text()).not.toMatch(/[█░…]/);
    expect(screen.text()).toContain("\nsegments  ");
    return { written, text: screen.text() };
  }

  test("80 columns: redrawn in place, and nothing of it is left above the receipt", async () => {
    const { written, text } = await shown({}, 80, 24, 0);
    expect(written).toMatch(/░.* 0\/6 books/);
    expect(written).toContain(" requests/s, no pace");
    expect(text).toStartWith("done and whole");
  }, 60_000);

  // Every book fails: what is said above the bars stays, in windows where it hardly fits.
  test.each([
    ["20 columns", 20, 24, /\d% \d\/6\r\n/],
    ["40 columns", 40, 24, /░+ \d+% · [^\r\n]*\r\n {2}\S+ requests\/s, no pace\r\n/],
    ["a window of 5 lines", 80, 5, /░.* 0\/6 books/],
    ["a window of 2 lines", 80, 2, /░.* 0\/6 books/],
    ["no size at all", 0, 0, /░.* 0\/6 books/],
  ] as [string, number, number, RegExp][])(
    "%s: redrawn in place below what is said, and only that is left above the receipt",
    async (_name, cols, rows, drawn) => {
      // Answers come later than the bars are drawn by the clock, so that they are seen before the first failure.
      const faults = [{ kind: "error", endpoint: "texts" }] as const;
      const { written, text } = await shown({ faults, latencyMs: 600 }, cols, rows, 1);
      expect(written).toMatch(drawn);
      const lines = text.split("\n");
      const said = lines.slice(0, TITLES.length).map((line) => line.split(": failed: ")[0]);
      expect(new Set(said)).toEqual(new Set(TITLES));
      expect(lines[TITLES.length]).toStartWith("finished");
    },
    60_000,
  );
});
