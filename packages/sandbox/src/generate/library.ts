import type { SandboxLibrary } from "../library.ts";
import { generatedBook } from "./book.ts";
import { generatedLinks } from "./links.ts";
import { BASE_PLANS, extraPlan, ODD_NAMES, UNLISTED_PLAN } from "./plans.ts";

export interface GenerateOptions {
  readonly seed: string;
  /** How many books; absent: the base set, which has every structure once. More are plain ones, fewer its first. */
  readonly books?: number;
  /** Multiplies the number of sections of every book; 1 is about 10,000 segments in the base set. */
  readonly scale?: number;
  /** Adds a book and versions whose names make odd file names in the bucket. */
  readonly oddNames?: boolean;
}

const HE_CATEGORIES: Readonly<Record<string, string>> = {
  Tanakh: "תנ״ך",
  Torah: "תורה",
  Writings: "כתובים",
  Commentary: "מפרשים",
  Mishnah: "משנה",
  Talmud: "תלמוד",
  Bavli: "בבלי",
  Midrash: "מדרש",
  Halakhah: "הלכה",
  Responsa: "שאלות ותשובות",
  Kabbalah: "קבלה",
  Liturgy: "תפילה",
  Chasidut: "חסידות",
  "Jewish Thought": "מחשבת ישראל",
  "Second Temple": "בית שני",
  Reference: "עזר",
};

/** A library that nobody wrote: the same seed gives the same books on every machine. */
export function generateLibrary(options: GenerateOptions): SandboxLibrary {
  const { seed, books: wanted = BASE_PLANS.length, scale = 1, oddNames = false } = options;
  const base = Array.from({ length: wanted }, (_, at) => BASE_PLANS[at] ?? extraPlan(at - BASE_PLANS.length + 1));
  const plans = oddNames ? [...base, ...ODD_NAMES] : base;
  const books = plans.map((plan, order) => generatedBook(plan, seed, scale, order));
  return {
    books,
    unlisted: [generatedBook(UNLISTED_PLAN, seed, scale, books.length)],
    links: () => generatedLinks(books, seed),
    heCategories: HE_CATEGORIES,
    collections: [{ title: "Reading List", heTitle: "רשימת קריאה", slug: "reading-list", category: "Jewish Thought" }],
  };
}

/** The books of `ingest --demo`. */
export function demoLibrary(): SandboxLibrary {
  return generateLibrary({ seed: "demo" });
}
