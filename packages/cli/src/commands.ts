import type { Verb } from "@sofer/core";
import type { Command } from "./command.ts";

/** Every verb, in the order of the help. Each file is light: what it needs to run, it imports when it runs. */
export const COMMANDS: Readonly<Record<Verb, () => Promise<Command>>> = {
  ingest: async () => (await import("./commands/ingest.ts")).ingest,
  plan: async () => (await import("./commands/plan.ts")).plan,
  embed: async () => (await import("./commands/embed.ts")).embed,
  push: async () => (await import("./commands/push.ts")).push,
  verify: async () => (await import("./commands/verify.ts")).verify,
  repair: async () => (await import("./commands/repair.ts")).repair,
  status: async () => (await import("./commands/status.ts")).status,
  search: async () => (await import("./commands/search.ts")).search,
  eval: async () => (await import("./commands/eval.ts")).evaluation,
  dump: async () => (await import("./commands/dump.ts")).dump,
  retry: async () => (await import("./commands/retry.ts")).retry,
  backup: async () => (await import("./commands/backup.ts")).backup,
  hash: async () => (await import("./commands/hash.ts")).hash,
  attribution: async () => (await import("./commands/attribution.ts")).attribution,
  serve: async () => (await import("./commands/serve.ts")).serve,
  pause: async () => (await import("./commands/pause.ts")).pause,
  resume: async () => (await import("./commands/resume.ts")).resume,
  rate: async () => (await import("./commands/rate.ts")).rate,
  workers: async () => (await import("./commands/workers.ts")).workers,
  stop: async () => (await import("./commands/stop.ts")).stop,
  config: async () => (await import("./commands/config.ts")).config,
  sandbox: async () => (await import("./commands/sandbox.ts")).sandbox,
};

export async function loadCommands(): Promise<Command[]> {
  const commands: Command[] = [];
  for (const load of Object.values(COMMANDS)) commands.push(await load());
  return commands;
}
