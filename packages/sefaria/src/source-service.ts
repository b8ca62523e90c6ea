import { SoferError, type TextSource } from "@sofer/core";
import type { JsonAnswer } from "./http/exchange.ts";
import { httpStack, type HttpOptions } from "./http/stack.ts";
import { parseContents } from "./parse/contents.ts";
import { parseOutline, withShapeAnswer } from "./parse/outline.ts";
import { answerOfNotFound, parseTextAnswer } from "./parse/text-answer.ts";
import { parseVersionMeta } from "./parse/version-meta.ts";
import { ServiceUrls } from "./url.ts";
import { checkRelatedAnswer } from "./wire/related.ts";
import { checkVersionList } from "./wire/versions.ts";

export interface ServiceSourceOptions extends HttpOptions {
  /** `https://www.sefaria.org`, a self-hosted Sefaria, or the sandbox; without `/api`. */
  readonly baseUrl: string;
}

/** The library through the publisher's web service. */
export function createServiceSource(options: ServiceSourceOptions): TextSource {
  const get = httpStack(options);
  const urls = new ServiceUrls(options.baseUrl);

  const ask = (url: string, signal: AbortSignal | undefined, canSplit: boolean): Promise<JsonAnswer> =>
    get(signal === undefined ? { url, canSplit } : { url, signal, canSplit });

  /** About one book: a 404, or an error inside a 200 that says so, means that the service has no such book. */
  const askBook = async (title: string, url: string, signal: AbortSignal | undefined): Promise<JsonAnswer> => {
    try {
      return await ask(url, signal, false);
    } catch (error) {
      if (!(error instanceof SoferError) || !saysUnknown(error)) throw error;
      throw new SoferError("not-found", `the service has no book "${title}" (${error.message})`, { url, cause: error });
    }
  };

  return {
    name: "service",

    async contents(signal) {
      return parseContents((await ask(urls.contents(), signal, false)).json);
    },

    async outline(title, signal) {
      const answer = await askBook(title, urls.index(title), signal);
      const outline = parseOutline(answer.json, answer.url);
      if (Object.keys(outline.shapes).length > 0) return outline;
      // A service that does not know the parameter: the counts cost a request of their own.
      const shape = await askBook(title, urls.shape(outline.tree.title), signal);
      return withShapeAnswer(outline, shape.json, shape.url);
    },

    async versions(title, signal) {
      const answer = await askBook(title, urls.versions(title), signal);
      return checkVersionList(answer.json, answer.url).map((record) => parseVersionMeta(record, answer.url));
    },

    async text(request, signal) {
      try {
        return parseTextAnswer(
          request,
          await ask(urls.text(request.leaf, request.range, request.versions), signal, true),
        );
      } catch (error) {
        if (error instanceof SoferError && error.code === "not-found") return answerOfNotFound(request, error);
        throw error;
      }
    },

    async related(leaf, range, signal) {
      const answer = await ask(urls.related(leaf, range), signal, false);
      return checkRelatedAnswer(answer.json, answer.url).links.length;
    },
  };
}

/** What the service says of a title it does not know; any other error inside a 200 stays what it is. */
const UNKNOWN_TITLE = /no (?:book|commentat?or) named|could not find title|no index .*found/i;

function saysUnknown(error: SoferError): boolean {
  return error.code === "not-found" || (error.code === "error-in-200" && UNKNOWN_TITLE.test(error.message));
}
