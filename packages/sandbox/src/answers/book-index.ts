import { formatRef } from "@sofer/core";
import type { SandboxLibrary, SchemaRecord } from "../library.ts";
import { titlesOf, type BookNode } from "../nodes.ts";
import type { OpenedBook, Shelf } from "../opened-book.ts";
import { foldRef } from "../titles.ts";
import { errorAnswer, jsonTextAnswer, type Answer } from "./answer.ts";

export type IndexForm = "plain" | "counts" | "raw";

/** `/api/v2/index/{title}`, the same with counts, and the raw record. */
export function indexAnswer(shelf: Shelf, asked: string, form: IndexForm): Answer {
  const book = shelf.find(foldRef(asked));
  if (book === undefined) throw errorAnswer(200, `No book named '${asked.replaceAll("_", " ")}'.`);
  const opened = shelf.open(book);
  const key = `index ${form}`;
  const known = opened.bodies.get(key);
  if (known !== undefined) return jsonTextAnswer(known);
  const body = indexBody(opened, shelf.library, form);
  opened.bodies.set(key, body);
  return jsonTextAnswer(body);
}

/** The record as text; the export's schema files are the plain form. */
export function indexBody(opened: OpenedBook, library: SandboxLibrary, form: IndexForm): string {
  return JSON.stringify(indexRecord(opened, library, form));
}

function indexRecord(opened: OpenedBook, library: SandboxLibrary, form: IndexForm): Record<string, unknown> {
  const { book, content, root } = opened;
  const base = { ...content.record, title: book.title, categories: book.categories };
  if (form === "raw") return { ...base, schema: content.schema };
  const first = opened.sections[0];
  const { sectionNames, depth } = content.schema;
  return {
    ...base,
    heTitle: book.heTitle,
    titleVariants: titlesOf(content.schema, "en"),
    heTitleVariants: titlesOf(content.schema, "he"),
    heCategories: book.categories.map((category) => library.heCategories[category] ?? category),
    alts: content.record["alts"] ?? {},
    ...(root.leaf === null ? {} : { sectionNames, depth }),
    schema: schemaRecord(opened, root, form),
    ...(form === "counts" && first !== undefined ? { firstSectionRef: formatRef(first.leaf, first.path) } : {}),
  };
}

/** A node's record; leaves that have a key get their counts. */
function schemaRecord(opened: OpenedBook, node: BookNode, form: IndexForm): SchemaRecord {
  const { schema } = node;
  const isCounted = form === "counts" && node.leaf !== null && schema.key !== undefined;
  return {
    ...schema,
    ...(node.children.length > 0 ? { nodes: node.children.map((child) => schemaRecord(opened, child, form)) } : {}),
    ...(isCounted ? { content_counts: opened.counts(node) } : {}),
  };
}
