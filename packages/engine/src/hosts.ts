import { SoferError } from "@sofer/core";

/** The publisher's own mixture of a side's versions, which only the bucket has. */
export const MERGED_TITLE = "merged";
/** The storage service that holds the publisher's export. */
export const DEFAULT_BUCKET_URL = "https://storage.googleapis.com";

/** Host with port, the key of a pace. @throws SoferError `usage` for an address that is none. */
export function hostOf(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) {
    throw new SoferError("usage", `--base-url: "${baseUrl}" is not an address`, {
      hint: "such as https://www.sefaria.org",
    });
  }
  return new URL(baseUrl).host;
}
