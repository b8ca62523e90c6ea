/**
 * Licences as words on the command line. A word is a group, a usual licence in any letter case, or any other licence
 * exactly as published. "" is what a version has whose publisher states none; `unknown` means both.
 */
const USUAL = ["Public Domain", "CC0", "CC-BY", "CC-BY-SA", "CC-BY-NC", "CC-BY-NC-SA", "CC-BY-ND"];

export const LICENSE_GROUPS: Readonly<Record<string, readonly string[]>> = {
  "public-domain": ["Public Domain", "CC0"],
  open: ["Public Domain", "CC0", "CC-BY", "CC-BY-SA"],
  unknown: ["unknown", ""],
};

/** The licences that the words mean, each once, exactly as published. */
export function licensesOf(words: readonly string[]): string[] {
  const licenses = words.flatMap((word) => {
    const name = word.trim().toLowerCase();
    const group = Object.hasOwn(LICENSE_GROUPS, name) ? LICENSE_GROUPS[name] : undefined;
    return group ?? [USUAL.find((usual) => usual.toLowerCase() === name) ?? word.trim()];
  });
  return [...new Set(licenses)];
}
