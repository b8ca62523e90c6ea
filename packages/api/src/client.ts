import { treaty } from "@elysiajs/eden";
import type { App } from "./app.ts";

/**
 * The API from outside, typed by its schemas: `client.api.runs.get({ query: { limit: 5 } })`. Names in paths are put in
 * as they are: encode them (`client.api.books({ title: encodeURIComponent(title) })`).
 *
 * @param token what control asks for
 */
export function apiClient(url: string, { token = null }: { readonly token?: string | null } = {}) {
  return treaty<App>(url, {
    // Dates come as numbers; a version's title that looks like a date is none.
    parseDate: false,
    ...(token === null ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
}

export type ApiClient = ReturnType<typeof apiClient>;
