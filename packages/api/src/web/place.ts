import { useEffect, useState } from "preact/hooks";

/** Where in the library the reader is: a category, a book, a section. It stands in the address, so that going back works. */
export interface Place {
  readonly path: readonly string[];
  readonly book: string | null;
  readonly ref: string | null;
}

const LIBRARY = "#library";
const TOP: Place = { path: [], book: null, ref: null };

export function addressOf({ path, book, ref }: Partial<Place>): string {
  const query = new URLSearchParams((path ?? []).map((name) => ["c", name]));
  if (typeof book === "string") query.set("b", book);
  if (typeof ref === "string") query.set("r", ref);
  return query.size === 0 ? LIBRARY : `${LIBRARY}?${query}`;
}

/** null: the address names another part of the page. */
export function placeIn(hash: string): Place | null {
  const [name, query] = hash.split("?");
  if (name !== LIBRARY) return null;
  const words = new URLSearchParams(query);
  return { path: words.getAll("c"), book: words.get("b"), ref: words.get("r") };
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeIn(location.hash) ?? TOP);
  useEffect(() => {
    const moved = () => setPlace((before) => placeIn(location.hash) ?? before);
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return place;
}
