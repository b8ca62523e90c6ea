import { existsSync } from "node:fs";
import { ExitCode, SoferError } from "@sofer/core";
import type { Command, CommandContext } from "../command.ts";
import { Output } from "../render/output.ts";
import { bytes, counted } from "../render/table.ts";

async function run({ settings, own, typed, messages }: CommandContext): Promise<ExitCode> {
  const [path] = typed.operands;
  if (path === undefined) {
    throw new SoferError("usage", "say where the copy goes", { hint: "for example sofer backup library.bak.sqlite" });
  }
  if (!existsSync(settings.library)) {
    throw new SoferError("library", `there is no library at ${settings.library}`, { hint: "--library names another" });
  }
  const { backupLibrary } = await import("@sofer/store");
  messages.detail(`copying ${settings.library}`);
  const copy = backupLibrary(settings.library, path, own["force"] === true);
  const output = new Output();
  if (settings.json) output.json({ type: "backup", ...copy });
  else {
    const held = `${counted(copy.books, "book")}, ${counted(copy.texts, "text")}`;
    output.line(`${copy.path}: ${bytes(copy.bytes)}, ${held}, checked`);
  }
  output.flush();
  return ExitCode.whole;
}

export const backup: Command = {
  name: "backup",
  summary: "copies the library as it is at this moment, also during a run, and checks the copy",
  operands: "FILE",
  maxOperands: 1,
  ownFlags: [
    { flag: "force", kind: "boolean", unit: "", default: false, meaning: "Replace the file if it is there already." },
  ],
  examples: ["backup library.bak.sqlite", "backup /mnt/disk/library.sqlite --force"],
  exitCodes: [
    [ExitCode.whole, "the copy is whole and has its name"],
    [ExitCode.usage, "wrong usage, or the file is there already"],
    [ExitCode.library, "the library is missing, damaged or of another version, or the disk is full"],
  ],
  run,
};
