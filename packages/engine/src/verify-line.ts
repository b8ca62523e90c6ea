import type { VersionKey } from "@sofer/core";

/** As rclone's check says it: `-` missing in the library, `+` only there, `*` differs, `!` could not be compared. */
export type VerifySign = "=" | "-" | "+" | "*" | "!";

/**
 * What a difference is about, and so how it is repaired.
 *
 * | about    | is                                                        | repair                              |
 * |----------|-----------------------------------------------------------|-------------------------------------|
 * | `text`   | a text is missing, altered, or was never brought          | brings its leaf again               |
 * | `beyond` | a text where the source's counts promise none: news, no loss | nothing                          |
 * | `failed` | a request that failed                                     | asks again                          |
 * | `unread` | the source could not be read again (`--deep`)             | nothing                             |
 * | `chunk`  | a text lies in no chunk, or a chunk is not of its texts   | makes the leaf's chunks, offline    |
 * | `index`  | a text is not in the full-text index                      | puts it there, offline              |
 * | `stray`  | rows that point nowhere                                   | removes them, offline               |
 */
export const ABOUT = ["text", "beyond", "failed", "unread", "chunk", "index", "stray"] as const;
export type About = (typeof ABOUT)[number];

/** One difference. Plain data: a line of `verify --json` and of its report file, which `repair` reads. */
export interface VerifyLine {
  readonly sign: Exclude<VerifySign, "=">;
  readonly about: About;
  /** The book; "" for the library as a whole. */
  readonly title: string;
  /** The leaf's title; null when the whole book is meant. */
  readonly leaf: string | null;
  /** null: whatever versions the leaf has. */
  readonly version: VersionKey | null;
  /** The place as exactly as it is known: a segment's ref, or the leaf's title. */
  readonly ref: string;
  readonly note: string;
}

/** A difference in a known version of a known leaf. */
export type LeafLine = Omit<VerifyLine, "title" | "leaf" | "version">;

/** Whether a line of a report file is a difference. */
export function isVerifyLine(value: unknown): value is VerifyLine {
  if (typeof value !== "object" || value === null) return false;
  const { sign, about, title, leaf, version, ref, note } = value as Readonly<Record<string, unknown>>;
  const isVersion =
    version === null ||
    (typeof version === "object" &&
      "language" in version &&
      (version.language === "he" || version.language === "en") &&
      "versionTitle" in version &&
      typeof version.versionTitle === "string");
  return (
    ["-", "+", "*", "!"].some((one) => one === sign) &&
    ABOUT.some((one) => one === about) &&
    [title, ref, note].every((text) => typeof text === "string") &&
    (leaf === null || typeof leaf === "string") &&
    isVersion
  );
}
