import { isObject } from "../opened-book.ts";

/** Chosen fields of an answer; null: the whole. */
type Chosen = Map<string, Chosen | null>;

/** Keeps what a `fields` parameter names: `items(name,size),nextPageToken`, `items/name`. null for one that cannot be read. */
export function selectFields(value: unknown, fields: string): unknown {
  const reader = new FieldsReader(fields);
  const chosen = reader.list();
  return chosen === null || !reader.isAtEnd ? null : pickFields(value, chosen);
}

function pickFields(value: unknown, chosen: Chosen): unknown {
  if (Array.isArray(value)) return value.map((item) => pickFields(item, chosen));
  if (!isObject(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const choice = chosen.get(key) ?? chosen.get("*");
    if (choice === undefined && !chosen.has(key) && !chosen.has("*")) continue;
    kept[key] = choice ? pickFields(inner, choice) : inner;
  }
  return kept;
}

class FieldsReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.replaceAll(/\s/g, "");
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** `field,field(…),field/…` up to the end or a closing bracket. */
  list(): Chosen | null {
    const chosen: Chosen = new Map();
    do {
      const name = /^(?:\w+|\*)/.exec(this.#text.slice(this.#at))?.[0];
      if (name === undefined) return null;
      this.#at += name.length;
      const inner = this.#inner();
      if (inner === undefined) return null;
      chosen.set(name, inner);
    } while (this.#takes(","));
    return chosen;
  }

  /** What stands after a field's name; null: nothing, the whole field; undefined: not to be read. */
  #inner(): Chosen | null | undefined {
    if (this.#takes("(")) {
      const inner = this.list();
      return inner !== null && this.#takes(")") ? inner : undefined;
    }
    if (!this.#takes("/")) return null;
    const name = /^(?:\w+|\*)/.exec(this.#text.slice(this.#at))?.[0];
    if (name === undefined) return undefined;
    this.#at += name.length;
    const inner = this.#inner();
    return inner === undefined ? undefined : new Map([[name, inner]]);
  }

  #takes(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }
}
