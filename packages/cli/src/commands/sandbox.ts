import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, SoferError, type Settings } from "@sofer/core";
import type { FaultRule, Sandbox, SandboxLibrary } from "@sofer/sandbox";
import type { Command, CommandContext } from "../command.ts";
import { Output } from "../render/output.ts";
import { bytes, count } from "../render/table.ts";
import { watchSignals } from "../signals.ts";

async function libraryFor(settings: Settings): Promise<SandboxLibrary> {
  const { generateLibrary, loadCorpus } = await import("@sofer/sandbox");
  if (settings.corpus === null) return generateLibrary({ seed: String(settings.seed) });
  if (!existsSync(join(settings.corpus, "manifest.json"))) {
    throw new SoferError("usage", `--corpus ${settings.corpus} has no manifest.json`, {
      hint: "name a folder of books in the corpus format",
    });
  }
  return loadCorpus(settings.corpus);
}

/** Read before anything is started: a wrong file is wrong usage. */
async function faultsFor({ faults }: Settings): Promise<readonly FaultRule[]> {
  if (faults === null) return [];
  const { readFaultRules } = await import("@sofer/sandbox");
  try {
    return readFaultRules(JSON.parse(readFileSync(faults, "utf8")));
  } catch (error) {
    throw new SoferError("usage", `--faults ${faults} is not a list of faults`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

function summary(sandbox: Sandbox): string {
  const stats = sandbox.stats();
  const parts = Object.entries(stats.requests).filter(([, requests]) => requests > 0);
  const byEndpoint = parts.map(([endpoint, requests]) => `${endpoint} ${count(requests)}`).join(", ");
  return `sandbox: ${count(stats.total)} requests${byEndpoint === "" ? "" : ` (${byEndpoint})`}, ${bytes(stats.bytes)}, at most ${stats.maxInFlight} in flight, ${count(stats.connections)} connections`;
}

function writeRequestLog(path: string, sandbox: Sandbox): void {
  const file = openSync(path, "w");
  for (const request of sandbox.requests()) writeSync(file, `${JSON.stringify(request)}\n`);
  closeSync(file);
}

/** Resolves at the first signal that asks us to end. */
function untilAsked(): Promise<void> {
  return new Promise((resolve) => {
    watchSignals(
      () => resolve(),
      () => undefined,
    );
  });
}

async function start(settings: Settings): Promise<Sandbox> {
  const { startSandbox } = await import("@sofer/sandbox");
  const library = await libraryFor(settings);
  const faults = await faultsFor(settings);
  try {
    return await startSandbox({
      library,
      port: settings.port,
      latencyMs: settings.latency,
      jitterMs: settings.jitter,
      faults,
      logRequests: settings.requestLog !== null,
    });
  } catch (error) {
    throw new SoferError("usage", `port ${settings.port} cannot be listened on`, {
      hint: "--port 0 takes any free one",
      cause: error,
    });
  }
}

async function run({ settings, messages }: CommandContext): Promise<ExitCode> {
  const sandbox = await start(settings);
  const asked = untilAsked();
  const output = new Output();
  output.line(
    settings.json
      ? JSON.stringify({ type: "listening", url: sandbox.url, port: sandbox.port })
      : `sandbox listening at ${sandbox.url}`,
  );
  output.flush();
  await asked;
  if (settings.requestLog !== null) writeRequestLog(settings.requestLog, sandbox);
  messages.info(summary(sandbox));
  await sandbox.stop();
  return ExitCode.whole;
}

export const sandbox: Command = {
  name: "sandbox",
  summary: "a stand-in for the web service and the export bucket, for tests and demos",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: ["sandbox --port 0", "sandbox --corpus ../shared/corpus --latency 200", "sandbox --faults faults.json"],
  exitCodes: [[ExitCode.whole, "ended by SIGINT, SIGTERM or SIGHUP"]],
  run,
};
