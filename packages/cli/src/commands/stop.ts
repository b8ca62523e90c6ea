import type { Command } from "../command.ts";
import { steer, STEERING_CODES } from "../steer.ts";

export const stop: Command = {
  name: "stop",
  summary: "ends the run on the library as Ctrl-C does; progress is kept",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: ["stop", "stop --url http://127.0.0.1:8614"],
  exitCodes: STEERING_CODES,
  run: (context) => steer(context, { action: "stop" }),
};
