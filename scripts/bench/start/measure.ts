import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { demoLibrary } from "@sofer/sandbox";
import { cpuSecondsOf, environment, runBun } from "../processes.ts";
import { startSandboxProcess } from "../sandbox.ts";
import { machine, type Machine } from "../setting.ts";

const MAIN = join(import.meta.dir, "..", "..", "..", "packages", "cli", "src", "main.ts");
/** Of the library that `status` looks at. */
const BOOKS = 3;

/** One start of a command. */
export interface Start {
  /** From its start to the first line on stdout. */
  readonly firstMs: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface StartedCommand {
  readonly name: string;
  readonly starts: readonly Start[];
}

export interface MeasuredStart {
  readonly date: string;
  readonly machine: Machine;
  readonly loadBefore: number;
  readonly commands: readonly StartedCommand[];
}

/** The runtime with nothing to do: what every command is compared with. */
export const NOTHING = "bun -e 'console.log()'";
export const HELP = "sofer --help";
export const STATUS = "sofer status";

export interface StartOptions {
  readonly runs: number;
  /** Each verb's own help, too. */
  readonly verbs: boolean;
}

/** Rounds in which every command is started once. @throws when one does not end with 0. */
export async function measureStart({ runs, verbs }: StartOptions): Promise<MeasuredStart> {
  const folder = mkdtempSync(join(tmpdir(), "sofer-bench-start-"));
  const library = join(folder, "library.sqlite");
  const env = environment({ SOFER_PACE_FILE: join(folder, "pace.sqlite") });
  try {
    await fill(library, env);
    const words: readonly (readonly [string, readonly string[]])[] = [
      [NOTHING, ["-e", "console.log()"]],
      [HELP, [MAIN, "--help"]],
      [STATUS, [MAIN, "status", "--library", library]],
      ...(verbs ? (await verbsOf(env)).map((verb) => [`sofer ${verb} --help`, [MAIN, verb, "--help"]] as const) : []),
    ];
    const loadBefore = loadavg()[0] ?? 0;
    const commands = words.map(([name, command]) => ({ name, command, starts: [] as Start[] }));
    for (let round = 0; round < runs; round++) {
      for (const { name, command, starts } of commands) starts.push(await startOnce(name, command, env));
    }
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      loadBefore,
      commands: commands.map(({ name, starts }) => ({ name, starts })),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A few books, so that status has something to say. */
async function fill(library: string, env: Record<string, string | undefined>): Promise<void> {
  const titles = demoLibrary().books.filter((book) => !book.isVirtual);
  const wanted = titles.slice(0, BOOKS).map((book) => book.title);
  const sandbox = await startSandboxProcess(null, 0);
  try {
    const where = ["--library", library, "--base-url", sandbox.url, "--source", "service", "--rate", "0"];
    const { code } = await runBun([MAIN, "ingest", ...where, "--quiet", "--json", "--titles", ...wanted], env);
    if (code !== 0) throw new Error(`the library to look at could not be made: exit code ${code}`);
  } finally {
    await sandbox.stop();
  }
}

/** As the program's own help lists them. */
async function verbsOf(env: Record<string, string | undefined>): Promise<readonly string[]> {
  const { out } = await runBun([MAIN, "--help"], env);
  const list = /^Verbs:\n((?: {2}.*\n)+)/m.exec(out)?.[1] ?? "";
  const verbs = [...list.matchAll(/^ {2}([a-z-]+) {2}/gm)].flatMap(([, verb]) => (verb === undefined ? [] : [verb]));
  if (verbs.length === 0) throw new Error("the help lists no verbs");
  return verbs;
}

async function startOnce(
  name: string,
  words: readonly string[],
  env: Record<string, string | undefined>,
): Promise<Start> {
  const began = performance.now();
  const child = Bun.spawn([process.execPath, ...words], { stdio: ["ignore", "pipe", "ignore"], env });
  let firstMs: number | null = null;
  for await (const piece of child.stdout) if (piece.byteLength > 0) firstMs ??= performance.now() - began;
  const code = await child.exited;
  const wallMs = performance.now() - began;
  if (code !== 0 || firstMs === null) throw new Error(`${name} ended with exit code ${code}, or said nothing`);
  return { firstMs, wallMs, cpuMs: cpuSecondsOf(child) * 1000 };
}
