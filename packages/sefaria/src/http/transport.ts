import { SoferError } from "@sofer/core";
import type { Answer, Exchange } from "./exchange.ts";

/** The innermost layer: one real GET, its body read once, within a size. Redirects are handed back as they are. */
export function transport(options: { userAgent: string; maxResponseBytes: number }): Exchange {
  const headers = { accept: "application/json", "user-agent": options.userAgent };
  return async (request) => {
    const { url } = request;
    const init: RequestInit = { headers: { ...headers, ...request.headers }, redirect: "manual" };
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

/** Bun's fetch failures (M: bun-facts, 3) by what happens next: all may pass, so all are retried. */
export function wireError(error: unknown, url: string, response: { readonly status: number } | undefined): unknown {
  if (error instanceof SoferError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = code === "" ? (error instanceof Error ? error.message : String(error)) : code;
  if (response !== undefined) {
    return new SoferError("body-cut", `the answer broke off (${reason})`, {
      url,
      status: response.status,
      cause: error,
    });
  }
  return new SoferError("network", `${new URL(url).host} cannot be reached (${reason})`, {
    url,
    cause: error,
    hint: "check the address and the connection",
  });
}
