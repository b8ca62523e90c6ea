import { SoferError } from "@sofer/core";
import type { Answer, Exchange } from "./exchange.ts";

/**
 * Certificates are always checked, whatever the environment says (`NODE_TLS_REJECT_UNAUTHORIZED=0` switches it off for a
 * whole process, and a reader of the library would never know). A private authority is named by `NODE_EXTRA_CA_CERTS`.
 */
export const CHECKED_TLS = { rejectUnauthorized: true } as const;

/** The innermost layer: one real GET, its body read once, within a size. Redirects are handed back as they are. */
export function transport(options: { userAgent: string; maxResponseBytes: number }): Exchange {
  const headers = { accept: "application/json", "user-agent": options.userAgent };
  return async (request) => {
    const { url } = request;
    const init: BunFetchRequestInit = {
      headers: { ...headers, ...request.headers },
      redirect: "manual",
      tls: CHECKED_TLS,
    };
    if (request.signal !== undefined) init.signal = request.signal;
    let response: Response | undefined;
    try {
      response = await fetch(url, init);
      request.headersArrived?.();
      const { body, bytes } = await readBody(response, url, options.maxResponseBytes);
      const answer: Answer = { url, status: response.status, headers: response.headers, body, bytes };
      return answer;
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      throw wireError(error, url, response);
    }
  };
}

async function readBody(response: Response, url: string, maxBytes: number): Promise<{ body: string; bytes: number }> {
  const { body } = response;
  if (body === null) return { body: "", bytes: 0 };
  const announced = Number(response.headers.get("content-length") ?? "0");
  if (announced > maxBytes) {
    await body.cancel();
    throw tooLarge(url, maxBytes);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop by an exception cancels the body, so an answer that is too large is not read to its end.
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > maxBytes) throw tooLarge(url, maxBytes);
    parts.push(part);
  }
  try {
    // Fatal: a replaced letter would be a changed text.
    return { body: new TextDecoder("utf-8", { fatal: true }).decode(Bun.concatArrayBuffers(parts)), bytes };
  } catch (cause) {
    throw new SoferError("not-json", "the answer is not UTF-8", { url, status: response.status, cause });
  }
}

function tooLarge(url: string, maxBytes: number): SoferError {
  return new SoferError("too-large", `the answer is larger than ${maxBytes} bytes`, {
    url,
    hint: "it is asked again in parts; --max-response-mb raises the limit",
  });
}

/** What Bun calls a certificate that it does not accept (OpenSSL's names, and its own). Asking again changes nothing. */
const CERTIFICATE = /CERT|SIGNATURE|ISSUER|CRL|ERR_TLS|ERR_SSL/;

function firstSentence(message: string): string {
  return message.replace(/ fetching ".*$/s, "");
}

/** Bun's fetch failures by what happens next: a certificate stays what it is, all others may pass and are retried. */
export function wireError(error: unknown, url: string, response: { readonly status: number } | undefined): unknown {
  if (error instanceof SoferError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const words = error instanceof Error ? firstSentence(error.message) : String(error);
  const reason = code === "" ? (error instanceof Error ? error.message : String(error)) : code;
  if (response !== undefined) {
    return new SoferError("body-cut", `the answer broke off (${reason})`, {
      url,
      status: response.status,
      cause: error,
    });
  }
  if (CERTIFICATE.test(code)) {
    return new SoferError("tls", `${new URL(url).host} cannot be trusted: ${words} (${code})`, {
      url,
      cause: error,
      hint: "check the address and this machine's clock; NODE_EXTRA_CA_CERTS=FILE names an authority of your own",
    });
  }
  return new SoferError("network", `${new URL(url).host} cannot be reached (${reason})`, {
    url,
    cause: error,
    hint: "check the address and the connection",
  });
}
