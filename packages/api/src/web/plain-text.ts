/**
 * A text as it reads: its markup read by the browser's own parser in a document of its own, where nothing is loaded or
 * run, and put into the page as text. Footnotes are left out; the library keeps them.
 */
export function plainText(text: string): string {
  if (!text.includes("<") && !text.includes("&")) return text;
  const { body } = new DOMParser().parseFromString(text, "text/html");
  for (const note of body.querySelectorAll("i.footnote, sup.footnote-marker, script, style")) note.remove();
  for (const end of body.querySelectorAll("br")) end.replaceWith(" ");
  return body.textContent.replaceAll(/\s+/g, " ").trim();
}
