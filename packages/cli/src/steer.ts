import {
  API_TOKEN,
  CONTROL_META,
  ExitCode,
  SoferError,
  type Acknowledgement,
  type ControlCommand,
  type ControlState,
  type Settings,
} from "@sofer/core";
import { LIBRARY_CODE, type CommandContext } from "./command.ts";
import { connectApi, dataOf, type ConnectedApi } from "./connect-api.ts";
import { openForReading } from "./open-library.ts";
import { Output } from "./render/output.ts";

export const STEERING_CODES = [
  [ExitCode.whole, "it is in force and recorded"],
  [ExitCode.source, "the API cannot be reached, or refuses the token"],
  LIBRARY_CODE,
] as const;

/** Tells the run on the library, or the one whose API was named; where none is on, the next one will begin so. */
export async function steer(context: CommandContext, command: ControlCommand): Promise<ExitCode> {
  const api = await connectApi(context.settings);
  if (api !== null) return steerRun(context, api, command);
  return say(context, await tellLibrary(context.settings, command));
}

export async function steerRun(context: CommandContext, api: ConnectedApi, command: ControlCommand): Promise<ExitCode> {
  return say(context, await tellRun(api, command));
}

function say({ settings }: CommandContext, done: Acknowledgement): ExitCode {
  const output = new Output();
  if (settings.json) output.json(done);
  else output.line(`${done.action}: ${done.said}`);
  output.flush();
  return ExitCode.whole;
}

async function tellRun(api: ConnectedApi, command: ControlCommand): Promise<Acknowledgement> {
  if (api.token === null) {
    throw new SoferError("usage", `to steer the run, ${API_TOKEN} must be in the environment`, {
      hint: "the run printed its token when it began",
    });
  }
  const { control } = api.client.api;
  switch (command.action) {
    case "pause":
      return dataOf(api.url, await control.pause.post());
    case "resume":
      return dataOf(api.url, await control.resume.post());
    case "rate":
      return dataOf(api.url, await control.rate.post({ ratePerSecond: command.ratePerSecond }));
    case "workers":
      return dataOf(api.url, await control.workers.post({ maxWorkers: command.maxWorkers }));
    case "retry":
      return dataOf(api.url, await control.retry.post({ titles: copy(command.titles), causes: copy(command.causes) }));
    case "stop":
      return dataOf(api.url, await control.stop.post());
    default:
      return command satisfies never;
  }
}

function copy(names: readonly string[] | null): string[] | null {
  return names === null ? null : [...names];
}

/** Nobody works on the library: what is said holds for the next run. */
async function tellLibrary(settings: Settings, command: ControlCommand): Promise<Acknowledgement> {
  const change = changeOf(command);
  if (change === null) throw new SoferError("usage", "no run is on that could be told", { hint: "see sofer status" });
  const reader = await openForReading(settings);
  reader.close();
  const { lockLibrary, openLibraryWriter, openStatus } = await import("@sofer/store");
  const lock = locked(() => lockLibrary(settings.library));
  try {
    const status = openStatus(settings.library);
    const before = status.control();
    status.close();
    const control = { ...before, ...change };
    const writer = openLibraryWriter(settings.library);
    try {
      writer.saveMeta(CONTROL_META, JSON.stringify(control));
    } finally {
      writer.close();
    }
    return {
      action: command.action,
      at: Date.now(),
      control,
      said: "no run is on; the next one on the library begins so",
    };
  } finally {
    lock.release();
  }
}

function changeOf(command: ControlCommand): Partial<ControlState> | null {
  switch (command.action) {
    case "pause":
      return { pausedAt: Date.now() };
    case "resume":
      return { pausedAt: null };
    case "rate":
      return { ratePerSecond: command.ratePerSecond };
    case "workers":
      return { maxWorkers: command.maxWorkers };
    default:
      return null;
  }
}

function locked<T>(lock: () => T): T {
  try {
    return lock();
  } catch (thrown) {
    if (!(thrown instanceof SoferError) || thrown.code !== "locked") throw thrown;
    throw new SoferError("locked", `${thrown.message}, and serves no API that it could be told through`, {
      hint: "start it with --api to steer it",
      cause: thrown,
    });
  }
}

/** A number of the verb's own, or null for the word that takes it back. @throws SoferError `usage` */
export function numberOrDefault(
  { typed }: CommandContext,
  what: string,
  { least, most, isWhole }: { readonly least: number; readonly most: number; readonly isWhole: boolean },
): number | null {
  const [word] = typed.operands;
  if (word === DEFAULT) return null;
  const value = word === undefined || !/^\d+(\.\d+)?$/.test(word) ? Number.NaN : Number(word);
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  throw new SoferError(
    "usage",
    `say ${what}, from ${least} to ${most}, or \`${DEFAULT}\` for what the run's settings say`,
  );
}

const DEFAULT = "default";
