import { normaliseShape, type BookOutline, type Shape } from "@sofer/core";
import { checkIndexRecord } from "../wire/index-record.ts";
import { checkShapeEntry } from "../wire/shape.ts";
import { parseSchema, primaryTitle } from "./schema.ts";
import { checkSchemaNode } from "../wire/index-record.ts";

/**
 * A book's record with counts as an outline. A leaf without counts has no shape and promises nothing.
 * @throws SoferError as `parseSchema` does
 */
export function parseOutline(json: unknown, url?: string): BookOutline {
  const record = checkIndexRecord(json, url);
  const heTitle = record.heTitle ?? primaryTitle(checkSchemaNode(record.schema, url), "he");
  const { tree, leaves, nodeTitles } = parseSchema(record.title, heTitle, record.schema);
  const shapes: Record<string, Shape> = {};
  for (const { leaf, node } of leaves) {
    if (node.content_counts === undefined) continue;
    shapes[leaf.title] = normaliseShape(node.content_counts, leaf.depth);
  }
  return {
    tree,
    categories: record.categories,
    titleVariants: record.titleVariants ?? [],
    heTitleVariants: record.heTitleVariants ?? [],
    nodeTitles,
    shapes,
    record: json,
  };
}

/** The counts of a shape answer joined to the leaves by title; for services that leave them out of the record. */
export function withShapeAnswer(outline: BookOutline, json: unknown, url?: string): BookOutline {
  const counts = new Map<string, unknown>();
  const visit = (value: unknown): void => {
    const entry = checkShapeEntry(value, url);
    if (entry.isComplex === true && Array.isArray(entry.chapters)) for (const child of entry.chapters) visit(child);
    else if (entry.title !== undefined) counts.set(entry.title, entry.chapters);
  };
  for (const value of Array.isArray(json) ? json : [json]) visit(value);
  const shapes: Record<string, Shape> = {};
  for (const { title, depth } of outline.tree.leaves) {
    if (counts.has(title)) shapes[title] = normaliseShape(counts.get(title), depth);
  }
  return { ...outline, shapes };
}
