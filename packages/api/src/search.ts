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
  const hits = library.search(query, {
    limit,
    ...(language === undefined ? {} : { languages: [language] }),
    ...(title === undefined ? {} : { titles: [title] }),
    ...(license === undefined ? {} : { licenses: [license] }),
  });
  return hits.map((hit) => ({ ...hit, versions: [...hit.versions] }));
}
