import type { Language } from "@sofer/core";
import type { ApiContext } from "./context.ts";

export interface SearchFilter {
  readonly limit: number;
  readonly language?: Language;
  readonly title?: string;
  readonly license?: string;
}

/** The one place where the API searches: what the store's search takes and gives is known here only. */
export function searchTexts({ library }: Pick<ApiContext, "library">, query: string, filter: SearchFilter) {
  const { limit, language, title, license } = filter;
  const answer = library.search({
    query,
    limit,
    ...(language === undefined ? {} : { languages: [language] }),
    ...(title === undefined ? {} : { titles: [title] }),
    ...(license === undefined ? {} : { licenses: [license] }),
  });
  return {
    query,
    readAs: answer.readAs,
    warnings: answer.warnings.map(({ code, message, at }) => ({ code, message, at: pair(at) })),
    isBounded: answer.isBounded,
    total: { ...answer.total },
    items: answer.hits.map((hit) => ({
      ref: hit.ref,
      heRef: hit.heRef,
      title: hit.title,
      heTitle: hit.heTitle,
      categories: [...hit.categories],
      score: hit.score,
      passage: { ref: hit.passage.ref, refs: [...hit.passage.refs] },
      versions: hit.versions.map(({ versionTitle, license: licence, text, snippet, ...of }) => ({
        language: of.language,
        versionTitle,
        license: licence,
        text,
        snippet: {
          text: snippet.text,
          highlights: snippet.highlights.map(([from, to]): [number, number] => [from, to]),
          isCut: [snippet.isCut[0], snippet.isCut[1]] as [boolean, boolean],
          isFootnote: snippet.isFootnote,
        },
      })),
      url: hit.url,
    })),
  };
}

function pair(at: readonly [number, number] | null): [number, number] | null {
  return at === null ? null : [at[0], at[1]];
}
