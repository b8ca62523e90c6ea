import { formatRange, formatRef, SoferError, urlForm, type Leaf, type LeafRange, type Ref } from "@sofer/core";

/**
 * URLs in the one normal form that the publisher's own links use: its cache keys are the URL byte for byte, and its
 * purges name only this form (sefaria-api, sections 1 and 10). Parameters stand in one fixed order.
 */
export class ServiceUrls {
  readonly #base: string;

  /** @param baseUrl `https://www.sefaria.org` or the like; the paths begin with `/api`. */
  constructor(baseUrl: string) {
    this.#base = baseUrl.replace(/\/+$/, "");
  }

  contents(): string {
    return `${this.#base}/api/index`;
  }

  index(title: string): string {
    return `${this.#base}/api/v2/index/${titleForm(title)}?with_content_counts=1`;
  }

  shape(title: string): string {
    return `${this.#base}/api/shape/${titleForm(title)}`;
  }

  versions(title: string): string {
    return `${this.#base}/api/texts/versions/${titleForm(title)}`;
  }

  related(leaf: Leaf, range: LeafRange | null): string {
    return `${this.#base}/api/related/${place(leaf, range)}`;
  }

  text(leaf: Leaf, range: LeafRange | null, versions: "all" | readonly string[]): string {
    const query = versionQuery(versions)
      .map((value) => `version=${encodeURIComponent(value)}`)
      .join("&");
    return `${this.#base}/api/v3/texts/${place(leaf, range)}?${query}`;
  }
}

/**
 * Whether one version can be asked for by its title: the service reads `_` as a space and `|` as the end of the
 * language, so a title with either finds nothing. Such a title is found by asking for all.
 */
export function exactTitleCanBeAsked(versionTitle: string): boolean {
  return versionTitle !== "" && versionTitle !== "all" && !/[_|]/.test(versionTitle);
}

/** Letters of an address; many servers take 8,192 in all. What is not asked by name is asked with all others. */
const MAX_QUERY = 6_000;

/** An empty language is any language; `version=all` would mean a language named "all". */
function versionQuery(versions: "all" | readonly string[]): string[] {
  if (versions === "all" || versions.length === 0 || !versions.every(exactTitleCanBeAsked)) return ["|all"];
  const titles = [...new Set(versions)].map((title) => `|${title}`);
  const letters = titles.reduce((sum, title) => sum + encodeURIComponent(title).length, 0);
  return letters > MAX_QUERY ? ["|all"] : titles;
}

function place(leaf: Leaf, range: LeafRange | null): string {
  const ref = range === null ? formatRef(leaf, []) : formatRange(leaf, range.from, range.to);
  return segment(urlForm(leaf, ref));
}

function titleForm(title: string): string {
  return segment(urlForm({ title }, title as Ref));
}

/** Everything else is escaped; these two would lead to another place of the host. @throws SoferError `wire-shape` */
function segment(part: string): string {
  if (part !== "." && part !== "..") return part;
  throw new SoferError("wire-shape", `a book called "${part}" cannot be asked for`, {
    hint: "the contents are wrong at the publisher: try again in a day",
  });
}
