import type { Command } from "../command.ts";
import { steer, STEERING_CODES } from "../steer.ts";

export const resume: Command = {
  name: "resume",
  summary: "resumes a paused run, or takes back that the next one begins paused",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: ["resume", "resume --url http://127.0.0.1:8614"],
  exitCodes: STEERING_CODES,
  run: (context) => steer(context, { action: "resume" }),
};
