import { isObject } from "../opened-book.ts";
import { EditError, type Edit } from "./edit.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isSide: Check = (value) => value === "he" || value === "en";
const isPath: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((index) => Number.isSafeInteger(index));
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isVersion: Check = (value) => isObject(value) && isSide(value["language"]) && isText(value["versionTitle"]);
const isBook: Check = (value) =>
  isObject(value) &&
  isText(value["title"]) &&
  isText(value["heTitle"]) &&
  isTexts(value["categories"]) &&
  isObject(value["schema"]) &&
  Array.isArray(value["versions"]) &&
  value["versions"].every(isVersion);

const version = { title: isText, language: isSide, versionTitle: isText };
const segment = { ...version, path: isPath };

const FIELDS: Readonly<Record<Edit["kind"], Readonly<Record<string, Check>>>> = {
  change: { ...segment, text: isText },
  insert: { ...segment, text: isText },
  delete: segment,
  "drop-version": version,
  "add-version": { title: isText, version: isVersion },
  "drop-book": { title: isText },
  "add-book": { book: isBook },
  "add-link": { fields: isTexts },
  "drop-link": { refs: isTexts },
  touch: { object: (value) => value === undefined || isText(value) },
  "replace-after-listing": { object: isText, edit: (value) => value === undefined || isEdit(value) },
};

/** Edits as they come over the wire: one, or a list. @throws EditError that names the first wrong field. */
export function readEdits(body: unknown): readonly Edit[] {
  return (Array.isArray(body) ? body : [body]).map(readEdit);
}

function readEdit(value: unknown): Edit {
  if (!isEdit(value)) throw new EditError(`not an edit: ${JSON.stringify(value)}`);
  return value;
}

function isEdit(value: unknown): value is Edit {
  if (!isObject(value) || typeof value["kind"] !== "string" || !Object.hasOwn(FIELDS, value["kind"])) return false;
  const fields: Readonly<Record<string, Check>> = FIELDS[value["kind"] as Edit["kind"]];
  for (const [field, check] of Object.entries(fields)) {
    if (!check(value[field])) throw new EditError(`"${field}" of the edit "${value["kind"]}" is missing or wrong`);
  }
  return true;
}
