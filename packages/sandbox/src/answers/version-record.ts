import type { BookContent, SandboxVersion } from "../library.ts";

/** Every metadata field of a version as the service names it; what the record lacks is sent as "". */
const FIELDS = [
  "status",
  "priority",
  "license",
  "versionNotes",
  "formatAsPoetry",
  "digitizedBySefaria",
  "method",
  "heversionSource",
  "versionUrl",
  "versionTitleInHebrew",
  "versionNotesInHebrew",
  "shortVersionTitle",
  "shortVersionTitleInHebrew",
  "extendedNotes",
  "extendedNotesHebrew",
  "purchaseInformationImage",
  "purchaseInformationURL",
  "hasManuallyWrappedRefs",
] as const;

const FAMILIES: Readonly<Record<string, string>> = {
  he: "hebrew",
  en: "english",
  fr: "french",
  de: "german",
  es: "spanish",
  ru: "russian",
  it: "italian",
  yi: "yiddish",
  ar: "arabic",
};

/** The language a version is really in: its own field, or the `[fr]` at the end of its title, or its side. */
export function actualLanguage({ meta }: SandboxVersion): string {
  const tag = /\[([a-z]{2})\]$/.exec(meta.versionTitle)?.[1];
  return meta.actualLanguage ?? tag ?? meta.language;
}

export function languageFamily(version: SandboxVersion): string {
  const recorded = version.meta["languageFamilyName"];
  if (typeof recorded === "string" && recorded !== "") return recorded;
  return FAMILIES[actualLanguage(version)] ?? (version.meta.language === "he" ? "hebrew" : "english");
}

export function isSource(version: SandboxVersion): boolean {
  const recorded = version.meta["isSource"];
  return typeof recorded === "boolean" ? recorded : version.meta.language === "he";
}

/** Hebrew versions are primary; in a book without any, the versions of its first one's language. */
export function isPrimary(version: SandboxVersion, content: BookContent): boolean {
  const recorded = version.meta["isPrimary"];
  if (typeof recorded === "boolean") return recorded;
  const hasHebrew = content.versions.some((other) => other.meta.language === "he");
  if (hasHebrew) return version.meta.language === "he";
  const first = content.versions[0];
  return first !== undefined && languageFamily(first) === languageFamily(version);
}

export function priorityOf({ meta }: SandboxVersion): number {
  const priority = Number(meta.priority ?? 0);
  return Number.isFinite(priority) ? priority : 0;
}

/** The record as sent beside a text; `title` is added in lists of versions only. */
export function versionRecord(version: SandboxVersion, content: BookContent): Record<string, unknown> {
  const { meta } = version;
  const record: Record<string, unknown> = {};
  for (const field of FIELDS) record[field] = meta[field] ?? "";
  return {
    ...record,
    language: meta.language,
    versionSource: meta.versionSource ?? null,
    versionTitle: meta.versionTitle,
    actualLanguage: actualLanguage(version),
    languageFamilyName: languageFamily(version),
    isSource: isSource(version),
    isPrimary: isPrimary(version, content),
    direction: meta.language === "he" ? "rtl" : "ltr",
  };
}
