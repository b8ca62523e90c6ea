import { apiClient, type ApiClient } from "../client.ts";

/** The API that this page came from. */
export const client: ApiClient = apiClient(location.origin);

/** The same with the token: it lives in this object alone, and goes with the page. */
export function steeringClient(token: string): ApiClient {
  return apiClient(location.origin, { token });
}

/** What the API refused, in words for the reader. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "Refusal";
    this.status = status;
  }
}

interface Answered<T> {
  readonly data: T | null;
  readonly error: { readonly status: unknown; readonly value: unknown } | null;
}

/** What an answer holds. @throws Refusal */
export function held<T>({ data, error }: Answered<T>): T {
  if (error !== null) throw new Refusal(Number(error.status), problemIn(error.value));
  if (data === null) throw new Refusal(0, "the API gave an empty answer");
  return data;
}

/** How a failed request is told; the API's own words where it had any. */
export function inWords(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function problemIn(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value) {
    const hint = "hint" in value && typeof value.hint === "string" && value.hint !== "" ? ` (${value.hint})` : "";
    return `${String(value.message)}${hint}`;
  }
  return "the API does not answer";
}
