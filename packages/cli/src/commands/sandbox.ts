import { existsSync, closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, SoferError, type Settings } from "@sofer/core";
import type { Sandbox, SandboxLibrary } from "@sofer/sandbox";
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
  try {
    return await startSandbox({
      library,
      port: settings.port,
      latencyMs: settings.latency,
      jitterMs: settings.jitter,
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
  examples: ["sandbox --port 0", "sandbox --corpus ../shared/corpus --latency 200"],
  exitCodes: [[ExitCode.whole, "ended by SIGINT, SIGTERM or SIGHUP"]],
  run,
};
