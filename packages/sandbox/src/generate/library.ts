import type { SandboxLibrary } from "../library.ts";
import { generatedBook } from "./book.ts";
import { BASE_PLANS, extraPlan } from "./plans.ts";

export interface GenerateOptions {
  readonly seed: string;
  /** How many books; absent: the base set, which has every structure once. More are plain ones, fewer its first. */
  readonly books?: number;
  /** Multiplies the number of sections of every book; 1 is about 10,000 segments in the base set. */
  readonly scale?: number;
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
export function generateLibrary({ seed, books = BASE_PLANS.length, scale = 1 }: GenerateOptions): SandboxLibrary {
  const plans = Array.from({ length: books }, (_, at) => BASE_PLANS[at] ?? extraPlan(at - BASE_PLANS.length + 1));
  return {
    books: plans.map((plan, order) => generatedBook(plan, seed, scale, order)),
    heCategories: HE_CATEGORIES,
    collections: [{ title: "Reading List", heTitle: "רשימת קריאה", slug: "reading-list", category: "Jewish Thought" }],
  };
}

/** The books of `ingest --demo`. */
export function demoLibrary(): SandboxLibrary {
  return generateLibrary({ seed: "demo" });
}
