import { existsSync } from "node:fs";
import { API_TOKEN, SoferError, type Settings } from "@sofer/core";
import type { ApiClient } from "@sofer/api/client";

export interface ConnectedApi {
  readonly client: ApiClient;
  readonly url: string;
  /** From the environment. */
  readonly token: string | null;
}

/** ms for the first answer: a program that took the port of a run that was killed may never give one. */
const PATIENCE_MS = 5_000;

/**
 * The API that was named, or that of the run on the library; null: no run on it serves one.
 * @throws SoferError `unreachable` when the one that was named does not answer
 */
export async function connectApi(settings: Settings): Promise<ConnectedApi | null> {
  const address = settings.url === null ? await addressIn(settings) : { url: settings.url, instance: null };
  if (address === null) return null;
  const { apiClient } = await import("@sofer/api/client");
  const token = process.env[API_TOKEN] || null;
  const url = address.url.replace(/\/+$/, "");
  const client = apiClient(url, { token });
  const health = await client.health.get({ fetch: { signal: AbortSignal.timeout(PATIENCE_MS) } });
  // A run that was killed leaves its address behind: nobody answers there, or somebody else.
  if (address.instance !== null && health.data?.instance !== address.instance) return null;
  dataOf(url, health);
  return { client, url, token };
}

async function addressIn({ library }: Settings) {
  if (!existsSync(library)) return null;
  const { openStatus } = await import("@sofer/store/status");
  const status = openStatus(library);
  try {
    return status.apiAddress();
  } finally {
    status.close();
  }
}

/** What an answer holds. @throws SoferError for one that says why not */
export function dataOf<T>(
  url: string,
  answer: { readonly data: T | null; readonly error: { readonly status: unknown; readonly value: unknown } | null },
): NonNullable<T> {
  const { data, error } = answer;
  if (error === null && data !== null && data !== undefined) return data;
  const { message, hint } = problemIn(error?.value);
  const status = typeof error?.status === "number" ? error.status : null;
  const isUsage = status === 400 || status === 409 || status === 422;
  throw new SoferError(isUsage ? "usage" : "unreachable", message ?? `${url} gives no answer of sofer's API`, {
    hint: hint ?? "is a run with --api on, at this address?",
    url,
    ...(status === null ? {} : { status }),
  });
}

function problemIn(value: unknown): { readonly message?: string; readonly hint?: string } {
  if (typeof value !== "object" || value === null) return {};
  const text = (name: string) => {
    const found: unknown = Reflect.get(value, name);
    return typeof found === "string" ? found : undefined;
  };
  // Not a thrown error of the network, which has a message too.
  if (text("code") === undefined || value instanceof Error) return {};
  const [message, hint] = [text("message"), text("hint")];
  return { ...(message === undefined ? {} : { message }), ...(hint === undefined ? {} : { hint }) };
}
