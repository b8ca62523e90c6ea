import { readFileSync, readdirSync } from "node:fs";
import { startSandbox, type Sandbox, type SandboxLibrary } from "@sofer/sandbox";
import { dumpHash, spawnCli, tempDir, type TempDir } from "../support.ts";
import { MAX_RESPONSE_MB, TIMEOUT_S, type ChaosCase, type Route } from "./cases.ts";
import { countLosses, type Losses, type TrueVersion } from "./count-losses.ts";

export const WORKERS = 2;
export const PER_WORKER = 4;
/** Units that are in hand when a run is killed: what is asked again. */
export const LEASES = WORKERS * PER_WORKER;
/** A user who starts the same command again and again gives up sooner. */
const MAX_ROUNDS = 30;
/** A user whose run ended because the source gave nothing waits a little. */
const PATIENCE_MS = 1_000;

export interface Undisturbed {
  readonly hash: string;
  readonly requests: number;
}

export interface Outcome extends Losses {
  /** Commands until the library was whole. */
  readonly rounds: number;
  readonly kills: number;
  readonly requests: number;
  readonly faults: number;
  /** Lost when a run had ended by itself with exit code 0, or with losses that nothing named. */
  readonly silentAtRoundEnd: number;
  readonly isHashEqual: boolean;
  readonly exitCodes: readonly number[];
}

export interface Setting {
  readonly library: SandboxLibrary;
  readonly titles: readonly string[];
  readonly truth: readonly TrueVersion[];
}

function words(route: Route, sandbox: Sandbox, folder: TempDir, titles: readonly string[]): string[] {
  const where = ["--base-url", sandbox.url, "--bucket-url", sandbox.url, "--source", route, "--versions", "all"];
  const own = ["--library", folder.file("library.sqlite"), "--pace-file", folder.file("pace.sqlite"), "--quiet"];
  const how = ["--rate", "0", "--initial-backoff", "0.01", "--timeout", String(TIMEOUT_S)];
  const size = ["--max-workers", String(WORKERS), "--max-concurrent-requests", String(PER_WORKER)];
  return [...where, ...own, ...how, ...size, "--max-response-mb", String(MAX_RESPONSE_MB), "--titles", ...titles];
}

export async function runUndisturbed(route: Route, setting: Setting): Promise<Undisturbed> {
  using folder = tempDir();
  const sandbox = await startSandbox({ library: setting.library });
  try {
    const child = spawnCli(["ingest", ...words(route, sandbox, folder, setting.titles)]);
    const [said, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    if (code !== 0) throw new Error(`undisturbed, by the ${route}: exit code ${code}: ${said}`);
    const losses = countLosses(folder.file("library.sqlite"), setting.truth);
    if (losses.lost + losses.duplicated + losses.altered > 0) throw new Error(JSON.stringify(losses));
    return { hash: await dumpHash(folder.file("library.sqlite")), requests: sandbox.stats().total };
  } finally {
    await sandbox.stop();
  }
}

/**
 * The same command again until it is whole, as a user would; `retry` where failures are named. A run that could not go on
 * (exit code 3) must have said why, in one line.
 */
export async function runCase(chaos: ChaosCase, setting: Setting, undisturbed: Undisturbed): Promise<Outcome> {
  using folder = tempDir();
  const path = folder.file("library.sqlite");
  const sandbox = await startSandbox({ library: setting.library, faults: chaos.rules });
  const exitCodes: number[] = [];
  let silentAtRoundEnd = 0;
  let kills = 0;
  let outageLeft = chaos.outageMs;
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const verb = exitCodes.at(-1) === 1 ? "retry" : "ingest";
      const given = words(chaos.route, sandbox, folder, setting.titles);
      const child = spawnCli([verb, ...(verb === "retry" ? given.slice(0, given.indexOf("--titles")) : given)]);
      const said = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
      if (outageLeft > 0 && (await untilAsked(sandbox, undisturbed.requests / 3, child))) {
        void sandbox.outage(outageLeft);
        outageLeft = 0;
      }
      const isKilled =
        kills < chaos.kills && (await killAt(child, sandbox, killPoint(chaos, kills, undisturbed), kills));
      const [[stdout, stderr], code] = await Promise.all([said, child.exited]);
      if (isKilled) {
        kills++;
        exitCodes.push(137);
        continue;
      }
      exitCodes.push(code);
      const losses = countLosses(path, setting.truth);
      if (code === 0) silentAtRoundEnd += losses.lost;
      if (code === 1) silentAtRoundEnd += losses.silent;
      if (code === 0 && kills >= chaos.kills) break;
      if (code === 3 && /^sofer: .+ \(.+\)$/m.test(stderr)) await Bun.sleep(PATIENCE_MS);
      else if (code !== 0 && code !== 1) throw new Error(`${chaos.name}: exit code ${code}: ${stderr}`);
      if (round === MAX_ROUNDS - 1)
        throw new Error(`${chaos.name}: not whole after ${MAX_ROUNDS} commands: ${stderr}${stdout}`);
    }
    const { total, faults } = sandbox.stats();
    return {
      ...countLosses(path, setting.truth),
      rounds: exitCodes.length,
      kills,
      requests: total,
      faults,
      silentAtRoundEnd,
      isHashEqual: (await dumpHash(path)) === undisturbed.hash,
      exitCodes,
    };
  } finally {
    await sandbox.stop();
  }
}

/** Requests after which the next kill comes: spread over what an undisturbed run asks, the first one early. */
function killPoint({ kills }: ChaosCase, at: number, { requests }: Undisturbed): number {
  return Math.floor((requests * (at + 0.3)) / (kills + 0.5));
}

async function untilAsked(sandbox: Sandbox, requests: number, child: Bun.Subprocess): Promise<boolean> {
  while (sandbox.stats().total < requests) {
    if (child.exitCode !== null) return false;
    await Bun.sleep(2);
  }
  return child.exitCode === null;
}

/** Kills the coordinator, one worker, or all of them, in turn. @returns false when the run had ended before. */
async function killAt(child: Bun.Subprocess, sandbox: Sandbox, requests: number, at: number): Promise<boolean> {
  if (!(await untilAsked(sandbox, requests, child))) return false;
  const workers = childrenOf(child.pid);
  const [worker] = workers;
  if (at % 3 === 1 && worker !== undefined) {
    kill(worker);
    // The run goes on without it: a kill that nobody outside would notice.
    await Bun.sleep(100);
    if (child.exitCode !== null) return true;
    child.kill("SIGKILL");
    return true;
  }
  child.kill("SIGKILL");
  if (at % 3 === 2) for (const pid of workers) kill(pid);
  return true;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It had left already.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Only of a process that we started, while it runs. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return [];
    throw error;
  }
}
