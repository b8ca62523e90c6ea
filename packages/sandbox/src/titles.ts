/** How the service reads a ref before it looks for a title in it (sefaria-api, section 1). */

const DASHES = /[\u2010-\u2015]/g;
const HEBREW = /[\u05D0-\u05EA]/;

/** Trimmed, `_` as space, every dash as `-`, first letter in upper case, `:` as `.` outside Hebrew. */
export function foldRef(asked: string): string {
  const plain = asked.replaceAll("_", " ").replaceAll(DASHES, "-").trim();
  const raised = plain.slice(0, 1).toUpperCase() + plain.slice(1);
  return HEBREW.test(raised) ? raised : raised.replaceAll(":", ".");
}

/** The same for a title, so that both can be compared. */
export function foldTitle(title: string): string {
  return foldRef(title);
}

/** Every start of `folded` that ends where a title may end, longest first. */
export function* titleCandidates(folded: string): Generator<string> {
  yield folded;
  for (let end = folded.length - 1; end > 0; end--) {
    if (" .,:".includes(folded[end] ?? "")) yield folded.slice(0, end);
  }
}
