import { isIP } from "node:net";
import { API_TOKEN, SoferError } from "@sofer/core";

/** A shorter token of the user's own could be guessed. */
const MIN_TOKEN_LENGTH = 16;

/**
 * What control will ask for: the user's own token, or a new one where only this machine can reach the API.
 * @throws SoferError `usage`
 */
export function tokenFor(hostname: string, given: string | undefined): string {
  if (given !== undefined && given !== "") {
    if (given.length >= MIN_TOKEN_LENGTH) return given;
    throw new SoferError("usage", `${API_TOKEN} is shorter than ${MIN_TOKEN_LENGTH} letters`, {
      hint: "a long random one cannot be guessed",
    });
  }
  if (!isLoopback(hostname)) {
    throw new SoferError("usage", `--api-host ${hostname} can be reached from elsewhere: it needs ${API_TOKEN}`, {
      hint: "set it in the environment to a long random text, or leave --api-host out",
    });
  }
  return Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url");
}

/** Addresses that only this machine reaches. */
function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}
