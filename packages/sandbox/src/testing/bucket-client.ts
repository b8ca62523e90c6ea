import type { Sandbox } from "../server.ts";

/** An item of the listing, as it is sent. */
export interface Item {
  readonly name: string;
  readonly size: string;
  readonly md5Hash?: string;
  readonly crc32c: string;
  readonly generation: string;
  readonly updated: string;
}

export interface Page {
  readonly items?: readonly Item[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

/** One request to the listing. */
export async function listPage(sandbox: Sandbox, query: Record<string, string> = {}): Promise<Page> {
  const response = await fetch(`${sandbox.url}/storage/v1/b/sefaria-export/o?${new URLSearchParams(query).toString()}`);
  return (await response.json()) as Page;
}

/** Everything under a prefix, however many pages. */
export async function listAll(sandbox: Sandbox, prefix = ""): Promise<Item[]> {
  const items: Item[] = [];
  let pageToken: string | undefined;
  do {
    const page = await listPage(sandbox, { prefix, ...(pageToken === undefined ? {} : { pageToken }) });
    items.push(...(page.items ?? []));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return items;
}

export function objectUrl(sandbox: Sandbox, name: string): string {
  return `${sandbox.url}/sefaria-export/${name.split("/").map(encodeURIComponent).join("/")}`;
}

/** A download as it goes over the wire. */
export async function download(sandbox: Sandbox, name: string, headers: Record<string, string> = {}, query = "") {
  const response = await fetch(objectUrl(sandbox, name) + query, {
    headers: { "accept-encoding": "gzip", ...headers },
    decompress: false,
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** An object's content as JSON. */
export async function readObject(sandbox: Sandbox, name: string): Promise<Record<string, unknown>> {
  const response = await fetch(objectUrl(sandbox, name));
  if (response.status !== 200) throw new Error(`${name}: ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}
