import type { Language } from "@sofer/core";
import type { SandboxBook, VersionRecord } from "../library.ts";

/** Names of the export's files (sefaria-api, section 11), below whatever folder the export itself lies in. */

export const BUCKET = "sefaria-export";

/** What the export drops from a version title to make a file name of it. */
const DROPPED = /[/:()<>"|?*\\\n\r]/g;

export const SIDES: Readonly<Record<Language, string>> = { he: "Hebrew", en: "English" };
export const MERGED = "merged";

/** A title is not cleaned as a version title is: with a `/` in it, the folder lies one level deeper. */
export function folderOf(book: SandboxBook): string {
  return `json/${book.categories.join("/")}/${book.title}`;
}

export function versionFileName(book: SandboxBook, meta: VersionRecord): string {
  return `${folderOf(book)}/${SIDES[meta.language]}/${meta.versionTitle.replaceAll(DROPPED, "")}.json`;
}

export function schemaName(book: SandboxBook): string {
  return `schemas/${book.title.replaceAll(" ", "_")}.json`;
}

/** Folder of the book that a version file belongs to. */
export function folderOfFile(name: string): string {
  return name.split("/").slice(0, -2).join("/");
}

/** The listing's order: by the bytes of the names. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function contentType(name: string): string {
  if (name.endsWith(".json")) return "application/json";
  return name.endsWith(".csv") ? "text/csv" : "text/plain";
}
