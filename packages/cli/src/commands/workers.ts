import type { Command } from "../command.ts";
import { numberOrDefault, steer, STEERING_CODES } from "../steer.ts";

const PROCESSES = { least: 1, most: 64, isWhole: true };

export const workers: Command = {
  name: "workers",
  summary: "changes how many worker processes the run on the library has at most",
  operands: "N|default",
  maxOperands: 1,
  ownFlags: [],
  examples: ["workers 4", "workers default --url http://127.0.0.1:8614"],
  exitCodes: STEERING_CODES,
  run: async (context) => {
    const maxWorkers = numberOrDefault(context, "how many processes", PROCESSES);
    return steer(context, { action: "workers", maxWorkers });
  },
};
