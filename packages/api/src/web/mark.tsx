import type { ComponentChildren } from "preact";

/** A text with marks around what was found: text nodes between elements, whatever the text holds. */
export function marked(text: string, highlights: readonly (readonly [number, number])[]): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const [from, to] of highlights) {
    if (from > at) parts.push(text.slice(at, from));
    parts.push(<mark key={from}>{text.slice(from, to)}</mark>);
    at = to;
  }
  parts.push(text.slice(at));
  return parts;
}
