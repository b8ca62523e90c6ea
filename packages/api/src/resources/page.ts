import { Elysia, t } from "elysia";
import { notFound } from "../problem.ts";
import { buildPage, FILES_AT, type Page, type PageFile } from "../page-bundle.ts";
import { words } from "../schemas/common.ts";

/** Nothing from elsewhere, nothing inline: a text that slipped into the page as HTML could neither run nor report. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The dashboard: one page, whose data are the other resources. */
export function page() {
  let kept: Promise<Page> | null = null;
  const built = (): Promise<Page> => {
    kept ??= buildPage().catch((thrown: unknown) => {
      kept = null;
      throw thrown;
    });
    return kept;
  };
  return new Elysia({ detail: { hide: true } })
    .get("/", async ({ request }) => {
      const { html } = await built();
      return fileAnswer(html, request, {
        "cache-control": "no-store",
        "content-security-policy": POLICY,
        "referrer-policy": "no-referrer",
      });
    })
    .get(
      `${FILES_AT}:name`,
      async ({ params: { name }, request }) => {
        const file = (await built()).files.get(name);
        if (file === undefined) return notFound("the page has no such file", "load it again");
        // The name changes with what is in it.
        return fileAnswer(file, request, { "cache-control": "public, max-age=31536000, immutable" });
      },
      { params: t.Object({ name: words("as the page names it") }) },
    );
}

function fileAnswer({ contentType, bytes, gzipped }: PageFile, request: Request, headers: Record<string, string>) {
  const isGzipped = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
  return new Response(isGzipped ? gzipped : bytes, {
    headers: {
      ...headers,
      "content-type": contentType,
      "x-content-type-options": "nosniff",
      vary: "accept-encoding",
      ...(isGzipped ? { "content-encoding": "gzip" } : {}),
    },
  });
}
