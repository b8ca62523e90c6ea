import type { VersionMeta } from "@sofer/core";
import { checkVersionRecord, type VersionRecord } from "../wire/versions.ts";

/**
 * A version's metadata. Fields we decide on are named; every other published field is kept unchanged in `other`.
 * @throws SoferError `wire-shape`
 */
export function parseVersionMeta(value: unknown, url?: string): VersionMeta {
  const record = checkVersionRecord(value, url);
  const {
    language,
    versionTitle,
    versionSource,
    license,
    priority,
    actualLanguage,
    text: _text,
    ...other
  } = record as VersionRecord & { text?: unknown };
  return {
    language,
    versionTitle,
    license: license ?? "",
    // The service writes "" for what is absent, the export leaves it out or writes null.
    versionSource: versionSource === undefined || versionSource === "" ? null : versionSource,
    priority: priorityOf(priority),
    actualLanguage:
      actualLanguage === undefined || actualLanguage === null || actualLanguage === ""
        ? (languageInTitle(versionTitle) ?? language)
        : actualLanguage,
    other,
  };
}

/** Published as a number, "" or nothing; a number in a string counts as that number, all else as 0 (design 2.8). */
function priorityOf(priority: unknown): number {
  const value = typeof priority === "string" && priority.trim() !== "" ? Number(priority) : priority;
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** Older records say a translation's language in its title only: `Megillat Antiochus, 2019 [fr]`. */
function languageInTitle(versionTitle: string): string | null {
  return /\[([a-z]{2})\]$/.exec(versionTitle)?.[1] ?? null;
}
