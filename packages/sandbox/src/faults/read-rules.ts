import { isObject } from "../opened-book.ts";
import { ENDPOINTS } from "../stats.ts";
import { FAULT_KINDS, type FaultRule } from "./rule.ts";

/** A rule that says something no rule says. */
export class FaultError extends Error {
  override readonly name = "FaultError";
}

type Check = readonly [(value: unknown) => boolean, string];

const text: Check = [(value) => typeof value === "string", "a text"];
const number: Check = [
  (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
  "a number from 0 on",
];
const whole: Check = [(value) => Number.isSafeInteger(value) && Number(value) >= 0, "a whole number from 0 on"];
const oneOf = (words: readonly string[]): Check => [
  (value) => typeof value === "string" && words.includes(value),
  `one of ${words.join(", ")}`,
];

const FIELDS: Readonly<Record<keyof FaultRule, Check>> = {
  kind: oneOf(FAULT_KINDS),
  endpoint: oneOf(ENDPOINTS),
  match: text,
  percent: [(value) => number[0](value) && Number(value) <= 100, "a number from 0 to 100"],
  seed: text,
  times: whole,
  status: [
    (value) => Number.isSafeInteger(value) && Number(value) >= 200 && Number(value) <= 599,
    "a status from 200 to 599",
  ],
  retryAfter: [
    (value) => value === null || typeof value === "number" || typeof value === "string",
    "seconds, a text or null",
  ],
  delayMs: number,
  atByte: whole,
  bytes: whole,
  location: text,
  perSecond: [(value) => number[0](value) && Number(value) > 0, "a number above 0"],
  burst: number,
  headers: oneOf(["legacy", "draft"]),
};

/** Rules as they come in JSON: one, or a list. @throws FaultError that names the first wrong field. */
export function readFaultRules(body: unknown): readonly FaultRule[] {
  return (Array.isArray(body) ? body : [body]).map((value, at) => {
    const problem = problemOf(value);
    if (problem !== null) throw new FaultError(`rule ${at + 1}: ${problem}`);
    return value as FaultRule;
  });
}

function problemOf(value: unknown): string | null {
  if (!isObject(value)) return "it is no object";
  for (const [field, given] of Object.entries(value)) {
    if (!Object.hasOwn(FIELDS, field)) return `there is no "${field}"; there are ${Object.keys(FIELDS).join(", ")}`;
    const [isRight, what] = FIELDS[field as keyof FaultRule];
    if (!isRight(given)) return `"${field}" must be ${what}`;
  }
  return "kind" in value ? null : `"kind" must be ${FIELDS.kind[1]}`;
}
