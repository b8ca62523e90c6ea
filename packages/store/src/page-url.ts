import { urlForm, type Leaf, type Ref } from "@sofer/core";

/** Where a reader finds a ref on the publisher's site. */
export function pageUrl(leaf: Pick<Leaf, "title">, ref: string): string {
  // A ref from the library was made by formatRef when it was stored.
  return `https://www.sefaria.org/${urlForm(leaf, ref as Ref)}`;
}
