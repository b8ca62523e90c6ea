import type { Command } from "../command.ts";
import { steer, STEERING_CODES } from "../steer.ts";

export const pause: Command = {
  name: "pause",
  summary: "pauses the run on the library: nothing more is sent until it is resumed",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: ["pause", "pause --url http://127.0.0.1:8614"],
  exitCodes: STEERING_CODES,
  run: (context) => steer(context, { action: "pause" }),
};
