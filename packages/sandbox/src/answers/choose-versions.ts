import type { BookContent, SandboxVersion } from "../library.ts";
import { isPrimary, isSource, languageFamily, priorityOf } from "./version-record.ts";

/** Codes of the service's warnings (sefaria-api, section 6, Errors). */
const NO_VERSION = 101;
const NO_LANGUAGE = 102;
const NO_SOURCE = 103;
const NO_TRANSLATION = 104;

export interface Chosen {
  readonly versions: readonly SandboxVersion[];
  readonly warnings: readonly Record<string, { warning_code: number; message: string }>[];
}

/**
 * The `version` parameters: `primary`, `source`, `translation`, a language family in lower case, or nothing for any;
 * then `|all`, `|exact title`, or nothing for the one of highest priority. Families are compared with the asker's own
 * spelling, so `English` finds nothing, as on the service.
 */
export function chooseVersions(
  asked: readonly string[],
  present: readonly SandboxVersion[],
  content: BookContent,
  ref: string,
): Chosen {
  const versions: SandboxVersion[] = [];
  const warnings: Record<string, { warning_code: number; message: string }>[] = [];
  for (const parameter of asked) {
    const bar = parameter.indexOf("|");
    const language = (bar < 0 ? parameter : parameter.slice(0, bar)).trim();
    const title = bar < 0 ? "" : parameter.slice(bar + 1).replaceAll("_", " ");
    const ofLanguage = present.filter((version) => isOfLanguage(version, language, content));
    const found = title === "" ? ofHighestPriority(ofLanguage) : ofTitle(ofLanguage, title);
    for (const version of found) if (!versions.includes(version)) versions.push(version);
    if (found.length === 0) {
      const name = title === "" || title === "all" ? language : `${language}|${title}`;
      warnings.push({ [name]: warning(language, title, ref) });
    }
  }
  return { versions, warnings };
}

function isOfLanguage(version: SandboxVersion, language: string, content: BookContent): boolean {
  if (language === "") return true;
  if (language === "primary") return isPrimary(version, content);
  if (language === "source") return isSource(version);
  if (language === "translation") return !isSource(version);
  return languageFamily(version).toLowerCase() === language;
}

function ofTitle(versions: readonly SandboxVersion[], title: string): readonly SandboxVersion[] {
  return title === "all" ? versions : versions.filter((version) => version.meta.versionTitle === title);
}

function ofHighestPriority(versions: readonly SandboxVersion[]): SandboxVersion[] {
  let best: SandboxVersion | undefined;
  for (const version of versions) {
    if (best === undefined || priorityOf(version) > priorityOf(best)) best = version;
  }
  return best === undefined ? [] : [best];
}

function warning(language: string, title: string, ref: string): { warning_code: number; message: string } {
  if (title !== "" && title !== "all") {
    const message = `We do not have version named ${title} with language ${language} for ${ref}`;
    return { warning_code: NO_VERSION, message };
  }
  if (language === "source") return { warning_code: NO_SOURCE, message: `We do not have a source text for ${ref}` };
  if (language === "translation") {
    return { warning_code: NO_TRANSLATION, message: `We do not have a translation for ${ref}` };
  }
  return { warning_code: NO_LANGUAGE, message: `We do not have a text in ${language} for ${ref}` };
}
