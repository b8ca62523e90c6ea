import { priorityOf } from "../answers/version-record.ts";
import type { SandboxVersion } from "../library.ts";
import { isObject } from "../opened-book.ts";

/** A side's versions as the export merges them: the highest priority first, ties as they stand. */
export function mergeOrder(versions: readonly SandboxVersion[]): SandboxVersion[] {
  return versions.toSorted((a, b) => priorityOf(b) - priorityOf(a));
}

/** Per segment the first text that has it. What is no list in the first text that has anything stays as it is there. */
export function mergeTexts(texts: readonly unknown[]): unknown {
  const filled = texts.filter(hasText);
  const first = filled[0] ?? texts[0] ?? [];
  if (Array.isArray(first)) {
    const lists = filled.filter((text): text is unknown[] => Array.isArray(text));
    const length = lists.reduce((longest, list) => Math.max(longest, list.length), 0);
    return Array.from({ length }, (_, at) => mergeTexts(lists.flatMap((list) => (at < list.length ? [list[at]] : []))));
  }
  if (isObject(first)) {
    const nodes = texts.filter(isObject);
    return Object.fromEntries(Object.keys(first).map((key) => [key, mergeTexts(nodes.map((node) => node[key] ?? []))]));
  }
  return first;
}

function hasText(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasText);
  if (isObject(value)) return Object.values(value).some(hasText);
  return typeof value === "string" && value.trim() !== "";
}
