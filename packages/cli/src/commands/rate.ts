import type { Command } from "../command.ts";
import { numberOrDefault, steer, STEERING_CODES } from "../steer.ts";

const REQUESTS = { least: 0, most: 100_000, isWhole: false };

export const rate: Command = {
  name: "rate",
  summary: "changes the pace of the run on the library, in requests per second",
  operands: "N|default",
  maxOperands: 1,
  ownFlags: [],
  examples: ["rate 2", "rate 0.5 --url http://127.0.0.1:8614", "rate default"],
  exitCodes: STEERING_CODES,
  run: async (context) => {
    const ratePerSecond = numberOrDefault(context, "how many requests per second", REQUESTS);
    return steer(context, { action: "rate", ratePerSecond });
  },
};
