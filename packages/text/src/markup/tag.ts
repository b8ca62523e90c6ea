/** What a tag does to the running text. `inline` vanishes, `space` and `break` part words, `break` begins a line. */
export type TagEffect = "inline" | "space" | "break";

const INLINE =
  "a abbr acronym audio b bdi bdo big button canvas cite code data del dfn em embed font i iframe img input ins kbd label " +
  "map mark math meter nobr noscript object output picture progress q rp rt ruby s samp script select slot small source " +
  "span strike strong style sub sup svg template textarea time track tt u var video wbr html body head title meta link base";
const SPACE = "td th col colgroup option";
const BREAK =
  "address article aside blockquote br caption center dd details dialog dir div dl dt fieldset figcaption figure footer " +
  "form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol optgroup p pre section summary table tbody tfoot thead tr ul";

/**
 * Names that are markup. Anything else in angle brackets (`<the>`, an editor's insertion) is text: taking it for a tag
 * would lose words.
 */
const effects = new Map<string, TagEffect>();
for (const name of INLINE.split(" ")) effects.set(name, "inline");
for (const name of SPACE.split(" ")) effects.set(name, "space");
for (const name of BREAK.split(" ")) effects.set(name, "break");

export interface Tag {
  /** Lower case. */
  readonly name: string;
  readonly effect: TagEffect;
  readonly closing: boolean;
  /** `<i …/>`: opens nothing. */
  readonly selfClosing: boolean;
  /** What stands between the name and the end. */
  readonly attributes: string;
  /** Offset just after the `>`. */
  readonly end: number;
  /** True when a quoted attribute value was not closed properly and the tag was ended at its first `>`. */
  readonly brokenQuote: boolean;
}

export type TagReading =
  | { readonly kind: "tag"; readonly tag: Tag }
  /** Not a tag at all: `a < b`, `<3`. */
  | { readonly kind: "text" }
  /** Looks like a tag and is kept as text, for a reason worth telling. */
  | { readonly kind: "odd"; readonly reason: "unclosed tag" | "unknown tag"; readonly name: string };

const TEXT: TagReading = { kind: "text" };
const NAME = /<\/?([A-Za-z][A-Za-z0-9]*(?::[A-Za-z][A-Za-z0-9]*)?)(?=[\s/>]|$)/y;
const NAME_START = /<\/?[A-Za-z]/y;

/** Offset of the `>` that ends the tag whose attributes begin at `from`, or -1 when a `<` or the end comes first. */
function tagEnd(raw: string, from: number): { at: number; brokenQuote: boolean } {
  let afterEquals = false;
  for (let at = from; at < raw.length; at++) {
    const char = raw[at];
    if (char === ">") return { at, brokenQuote: false };
    if (char === "<") return { at: -1, brokenQuote: false };
    if (afterEquals && (char === '"' || char === "'")) {
      // A value that holds a "<" is a quote that somebody forgot to close: trusting it would swallow the text between.
      const next = raw.indexOf("<", at);
      const value = raw.slice(at, next < 0 ? raw.length : next);
      const close = value.indexOf(char, 1);
      if (close < 0) {
        const first = value.indexOf(">");
        return { at: first < 0 ? -1 : at + first, brokenQuote: true };
      }
      at += close;
      afterEquals = false;
    } else if (char === "=") afterEquals = true;
    else if (char !== " " && char !== "\n" && char !== "\t") afterEquals = false;
  }
  return { at: -1, brokenQuote: false };
}

/** Reads what the `<` at `at` begins. */
export function readTag(raw: string, at: number): TagReading {
  NAME.lastIndex = at;
  const match = NAME.exec(raw);
  if (match === null) {
    NAME_START.lastIndex = at;
    return NAME_START.test(raw) ? { kind: "odd", reason: "unknown tag", name: raw.slice(at, at + 12) } : TEXT;
  }
  const name = (match[1] ?? "").toLowerCase();
  const { at: close, brokenQuote } = tagEnd(raw, NAME.lastIndex);
  if (close < 0) return { kind: "odd", reason: "unclosed tag", name };
  // A prefixed name (`o:p`) is a word processor's leftover.
  const effect = effects.get(name) ?? (name.includes(":") ? "inline" : null);
  if (effect === null) return { kind: "odd", reason: "unknown tag", name };
  const attributes = raw.slice(NAME.lastIndex, close);
  const closing = raw[at + 1] === "/";
  const selfClosing = !closing && attributes.endsWith("/");
  return { kind: "tag", tag: { name, effect, closing, selfClosing, attributes, end: close + 1, brokenQuote } };
}

const CLASS = /(?:^|\s)class\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;

/** True when the tag's `class` lists the name. */
export function hasClass(attributes: string, wanted: string): boolean {
  const match = CLASS.exec(attributes);
  if (match === null) return false;
  return (match[1] ?? match[2] ?? match[3] ?? "").split(/\s+/).includes(wanted);
}
