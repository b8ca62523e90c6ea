import { MAX_SLOTS, normaliseShape, slotCount, SoferError, type BookOutline, type Shape } from "@sofer/core";
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
  const shapes: [string, Shape][] = [];
  for (const { leaf, node } of leaves) {
    if (node.content_counts === undefined) continue;
    shapes.push([leaf.title, normaliseShape(node.content_counts, leaf.depth)]);
  }
  return {
    tree,
    categories: record.categories,
    titleVariants: record.titleVariants ?? [],
    heTitleVariants: record.heTitleVariants ?? [],
    nodeTitles,
    shapes: checkedShapes(record.title, shapes, url),
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
  const shapes: [string, Shape][] = [];
  for (const { title, depth } of outline.tree.leaves) {
    if (counts.has(title)) shapes.push([title, normaliseShape(counts.get(title), depth)]);
  }
  return { ...outline, shapes: checkedShapes(outline.tree.title, shapes, url) };
}

/** Counts are promises, and cost nothing to make: more than any book has are not believed. @throws SoferError `wire-shape` */
function checkedShapes(book: string, shapes: readonly [string, Shape][], url?: string): BookOutline["shapes"] {
  let promised = 0;
  for (const [, shape] of shapes) promised += slotCount(shape);
  if (promised <= MAX_SLOTS) return Object.fromEntries(shapes);
  throw new SoferError("wire-shape", `the counts of "${book}" promise ${promised} segments, more than any book has`, {
    ...(url === undefined ? {} : { url }),
    hint: "the counts are wrong at the publisher: try again in a day",
  });
}
