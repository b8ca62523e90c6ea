import { TypeBoxError } from "@sinclair/typebox";
import { SoferError, type ErrorCode } from "@sofer/core";
import { status, ValidationError } from "elysia";

/** Something the asker can mend, or wait for. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export function notFound(message: string, hint = "") {
  return status(404, { code: "not-found", message, hint });
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  usage: 400,
  locked: 503,
  library: 503,
  newer: 503,
  disk: 503,
  interrupted: 503,
};

/** An error as an answer; null: it is a fault of ours. */
export function problemOf(code: string | number, error: unknown): { status: number; problem: Problem } | null {
  if (error instanceof SoferError) {
    const found = STATUS[error.code];
    if (found === undefined) return null;
    return { status: found, problem: { code: error.code, message: error.message, hint: error.hint } };
  }
  const said = (of: number, name: string, message: string, hint = "") => ({
    status: of,
    problem: { code: name, message, hint },
  });
  if (code === "NOT_FOUND") return said(404, "not-found", "there is no such page", "see /openapi.json");
  if (code === "PARSE") return said(400, "invalid", "the body cannot be read", "send JSON");
  if (code === "VALIDATION" && error instanceof ValidationError && error.type !== "response") {
    const [first] = error.all;
    const path = first !== undefined && "path" in first ? first.path : "";
    return said(422, "invalid", `${error.type}${path}: ${first?.summary ?? "not as it must be"}`, "see /openapi.json");
  }
  // A value that no member of a union can read is not told as a failed validation.
  if (error instanceof TypeBoxError) return said(422, "invalid", "not as it must be", "see /openapi.json");
  if (code === "INVALID_FILE_TYPE" || code === "INVALID_COOKIE_SIGNATURE")
    return said(400, "invalid", "not as it must be");
  return null;
}

export function noRun() {
  return status(409, {
    code: "no-run",
    message: "no run belongs to this API",
    hint: "ingest --api starts one that can be steered",
  });
}

export function tooMany(message: string) {
  return status(503, { code: "too-many", message, hint: "close some, or try again later" });
}
