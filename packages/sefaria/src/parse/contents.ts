import type { ContentsEntry } from "@sofer/core";
import { checkContents, checkContentsNode, type ContentsNode } from "../wire/contents.ts";

/**
 * The table of contents as a list of books in its order. Collections are left out; a book that stands under several
 * categories is taken where it stands first.
 * @throws SoferError `wire-shape`
 */
export function parseContents(json: unknown): ContentsEntry[] {
  const entries = new Map<string, ContentsEntry>();
  const visit = (value: unknown, path: readonly string[]): void => {
    const node = checkContentsNode(value);
    if (node.contents !== undefined) {
      const below = node.category === undefined ? path : [...path, node.category];
      for (const child of node.contents) visit(child, below);
    } else if (node.title !== undefined && !isCollection(node) && !entries.has(node.title)) {
      entries.set(node.title, entryOf(node, node.title, path, entries.size));
    }
  };
  for (const root of checkContents(json)) visit(root, []);
  return [...entries.values()];
}

function isCollection(node: ContentsNode): boolean {
  return node.isCollection === true || node.nodeType === "TocCollectionNode";
}

function entryOf(node: ContentsNode, title: string, path: readonly string[], order: number): ContentsEntry {
  const { dependence } = node;
  return {
    title,
    heTitle: node.heTitle ?? "",
    categories: node.categories ?? path,
    order,
    dependence: typeof dependence === "string" && dependence !== "" ? dependence : null,
    baseTitles: (node.base_text_titles ?? [])
      .map((base) => (typeof base === "string" ? base : (base.en ?? "")))
      .filter((base) => base !== ""),
  };
}
