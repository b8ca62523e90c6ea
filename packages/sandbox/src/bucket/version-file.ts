import type { Language } from "@sofer/core";
import { versionRecord } from "../answers/version-record.ts";
import type { SandboxVersion } from "../library.ts";
import { primaryTitle, type BookNode } from "../nodes.ts";
import type { OpenedBook } from "../opened-book.ts";
import { mergeOrder, mergeTexts } from "./merge.ts";
import { MERGED } from "./names.ts";

/** What the service works out for a version that the stored record may not say; the export's records say it too. */
const DERIVED = ["actualLanguage", "languageFamilyName", "isSource", "isPrimary", "direction"] as const;

/** The export leaves these out. */
export function isCopyrighted({ meta }: SandboxVersion): boolean {
  return meta.license?.startsWith("Copyright") ?? false;
}

/** Content of a version's file. */
export function versionFile(opened: OpenedBook, { meta, text }: SandboxVersion): string {
  const derived = versionRecord({ meta, text }, opened.content);
  const { language, versionTitle, versionSource = null, ...other } = meta;
  return JSON.stringify({
    language,
    title: opened.book.title,
    versionSource,
    versionTitle,
    ...other,
    ...Object.fromEntries(DERIVED.map((field) => [field, derived[field]])),
    ...bookFields(opened),
    text,
    ...structure(opened),
  });
}

/** Content of a side's `merged.json`, or null for a side without versions. */
export function mergedFile(opened: OpenedBook, language: Language): string | null {
  const known = opened.content.merged?.find((merged) => merged.meta.language === language);
  if (known !== undefined) return versionFile(opened, known);
  const versions = mergeOrder(opened.content.versions.filter((version) => isExportedAs(version, language)));
  if (versions.length === 0) return null;
  return JSON.stringify({
    title: opened.book.title,
    language,
    versionTitle: MERGED,
    versionSource: `https://www.sefaria.org/${opened.book.title.replaceAll(" ", "_")}`,
    versions: versions.map(({ meta }) => [meta.versionTitle, meta.versionSource ?? null]),
    ...bookFields(opened),
    text: mergeTexts(versions.map(({ text }) => text)),
    ...structure(opened),
  });
}

function isExportedAs(version: SandboxVersion, language: Language): boolean {
  return version.meta.language === language && !isCopyrighted(version);
}

function bookFields({ book }: OpenedBook) {
  return { heTitle: book.heTitle, categories: book.categories };
}

/** A simple book's section names; of a complex one the tree of its nodes' names. */
function structure(opened: OpenedBook): Record<string, unknown> {
  if (!opened.isComplex) return { sectionNames: opened.content.schema.sectionNames ?? [] };
  return { schema: { ...nodeNames(opened.root), key: opened.root.schema.key ?? opened.book.title } };
}

function nodeNames(node: BookNode): Record<string, unknown> {
  const { schema, children } = node;
  const isDefault = schema.default === true;
  const heTitle = isDefault ? "" : (primaryTitle(schema, "he") ?? schema.heTitle ?? "");
  const enTitle = isDefault ? "" : (primaryTitle(schema, "en") ?? schema.title ?? "");
  return { heTitle, enTitle, ...(children.length > 0 ? { nodes: children.map(nodeNames) } : {}) };
}
