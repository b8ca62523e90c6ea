import { hebrewNumeral } from "./hebrew-numeral.ts";
import { SoferError } from "./errors.ts";

/**
 * How the numbers of one level of a text are written: `Integer` writes 3 as `3` and `ג׳`, `Talmud` writes 3 as `2a`
 * and `ב׳ א`. Source: sefaria-api, section 2 (schema.py:2052-2805). A type that is not here is refused, not guessed.
 */
export const ADDRESS_TYPES = [
  "Integer",
  "Perek",
  "Pasuk",
  "Mishnah",
  "Halakhah",
  "Siman",
  "Seif",
  "SeifKatan",
  "Volume",
  "Section",
  "Amud",
  "Talmud",
  "Folio",
  "Aliyah",
] as const;
export type AddressType = (typeof ADDRESS_TYPES)[number];

const ALIYOT = ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh"];
/** Hebrew names of the seven readings, in order. */
export const HE_ALIYOT = ["ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שביעי"];
const FOLIO_SIDES = ["a", "b", "c", "d"];

export function isAddressType(name: string): name is AddressType {
  return (ADDRESS_TYPES as readonly string[]).includes(name);
}

/** @throws SoferError `unknown-address-type` */
export function addressType(name: string): AddressType {
  if (isAddressType(name)) return name;
  throw new SoferError("unknown-address-type", `address type "${name}" is not known`, {
    hint: "this book needs a newer version of sofer",
  });
}

function aliyah(names: readonly string[], n: number): string {
  const name = names[n - 1];
  if (name === undefined) throw new RangeError(`there is no aliyah ${n}`);
  return name;
}

/** English label of section number `n` (1-based, offset already added): `2a`, `31`. */
export function label(type: AddressType, n: number): string {
  if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`not a section number: ${n}`);
  if (type === "Talmud") return `${Math.floor((n + 1) / 2)}${n % 2 === 1 ? "a" : "b"}`;
  if (type === "Folio") return `${Math.floor((n - 1) / 4) + 1}${FOLIO_SIDES[(n - 1) % 4]}`;
  if (type === "Aliyah") return aliyah(ALIYOT, n);
  return String(n);
}

/** Hebrew label, or null for `Folio`, whose Hebrew the publisher computes wrongly and nobody should copy. */
export function heLabel(type: AddressType, n: number): string | null {
  if (type === "Folio") return null;
  if (type === "Talmud") return `${hebrewNumeral(Math.floor((n + 1) / 2))} ${n % 2 === 1 ? "א" : "ב"}`;
  if (type === "Aliyah") return aliyah(HE_ALIYOT, n);
  return hebrewNumeral(n);
}

/** Section number of an English label, or null when it is none: `2a` -> 3, `31` -> 31. */
export function parseLabel(type: AddressType, text: string): number | null {
  const trimmed = text.trim();
  if (type === "Aliyah") {
    const at = ALIYOT.findIndex((name) => name.toLowerCase() === trimmed.toLowerCase());
    return at < 0 ? null : at + 1;
  }
  if (type === "Amud" && /^[ab]$/i.test(trimmed)) return trimmed.toLowerCase() === "a" ? 1 : 2;
  if (type === "Talmud" || type === "Folio") {
    const match = /^(\d{1,7})([a-d])$/i.exec(trimmed);
    if (match === null) return null;
    const daf = Number(match[1]);
    const side = FOLIO_SIDES.indexOf((match[2] ?? "").toLowerCase());
    if (daf < 1) return null;
    if (type === "Folio") return (daf - 1) * 4 + side + 1;
    return side > 1 ? null : daf * 2 - 1 + side;
  }
  return /^[1-9]\d{0,8}$/.test(trimmed) ? Number(trimmed) : null;
}
