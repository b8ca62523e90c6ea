import { SoferError, type ErrorCode } from "@sofer/core";

/** Who was asked, and how to keep its secrets out of what is said. */
export interface AskedServer {
  /** host:port */
  readonly host: string;
  readonly redact: (text: string) => string;
}

interface Meaning {
  /** SQLSTATEs, by their beginning: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly states: readonly string[];
  readonly code: ErrorCode;
  readonly hint?: string;
}

/** What follows from an SQLSTATE. The first that fits; what is not here may pass, and is tried again a few times. */
const MEANINGS: readonly Meaning[] = [
  { states: ["28"], code: "unauthorized", hint: "are name and password in DATABASE_URL right, and may they connect?" },
  {
    states: ["42501"],
    code: "unauthorized",
    hint: "the user needs CREATE on the schema, or on the database for a new one; pgvector may want an administrator, once",
  },
  { states: ["3D"], code: "usage", hint: "create the database, or name another in DATABASE_URL" },
  { states: ["25006"], code: "mismatch", hint: "this server only reads: name the one that is written to" },
  // No pause is named; the caller's own is kept by everybody who asks this host.
  { states: ["53300"], code: "throttled", hint: "the server has no connection left" },
  {
    states: ["53100"],
    code: "unreachable",
    hint: "the server's disk is full, or its shared memory (a container's /dev/shm)",
  },
  { states: ["53200"], code: "too-large" },
  { states: ["57014"], code: "timeout" },
  // Data that a column, a check, a trigger or a limit refuses.
  { states: ["21", "22", "23", "38", "39", "44", "54", "P0"], code: "bad-item" },
  { states: ["0A", "26", "3F", "42"], code: "mismatch" },
];

const TLS_HINT =
  "name its certificate with sslrootcert=FILE; sslmode=require in DATABASE_URL takes any certificate, sslmode=disable none";

/**
 * What the server or the connection to it said, named by what happens next. Only the server's message is told: its
 * details repeat rows.
 */
export function serverError(thrown: unknown, asked: AskedServer): unknown {
  if (thrown instanceof SoferError || !(thrown instanceof Error)) return thrown;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  const state = "errno" in thrown && typeof thrown.errno === "string" ? thrown.errno : null;
  const said = asked.redact(thrown.message).replaceAll(/\s+/g, " ").trim().slice(0, 300);
  if (state !== null && /^[0-9A-Z]{5}$/.test(state)) {
    const meaning = MEANINGS.find(({ states }) => states.some((one) => state.startsWith(one)));
    const fields = meaning?.hint === undefined ? {} : { hint: meaning.hint };
    return new SoferError(meaning?.code ?? "server-error", `${asked.host}: ${said} (SQLSTATE ${state})`, fields);
  }
  // Not from the server or the socket: a mistake of ours, told as it is.
  if (code === "") return thrown;
  if (/TLS|CERT|ISSUER|SIGNATURE|CHANNEL_BINDING/.test(code) && !code.includes("SASL")) {
    return new SoferError("unreachable", `${asked.host} gives no protected connection: ${said} (${code})`, {
      hint: TLS_HINT,
    });
  }
  if (/AUTH|SASL/.test(code)) return new SoferError("unauthorized", `${asked.host}: ${said} (${code})`);
  if (/CONNECTION_TIMEOUT/.test(code)) return new SoferError("timeout", `${asked.host}: ${said}`);
  if (/CONNECTION_(?:REFUSED|FAILED)|^E[A-Z]+$/.test(code)) {
    const hint = "check the address in DATABASE_URL and the connection";
    return new SoferError("network", `${asked.host} cannot be reached (${code}): ${said}`, { hint });
  }
  return new SoferError("network", `the connection to ${asked.host} broke (${code}): ${said}`);
}
