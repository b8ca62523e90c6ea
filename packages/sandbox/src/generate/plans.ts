import type { BookPlan } from "./plan.ts";
import { book, EN, FRENCH, HE, leaf, NOTED, PARTIAL } from "./plan-parts.ts";
import { CLASSIC_PLANS } from "./plans-classic.ts";
import { LATER_PLANS } from "./plans-later.ts";

/**
 * The base set of generated books: each structure that real books have at least once. Titles are made up; category
 * names are the library's own, so that `ingest` without titles (category Halakhah) works here too.
 */
export const BASE_PLANS: readonly BookPlan[] = [...CLASSIC_PLANS, ...LATER_PLANS];

/** In the bucket's listing, in no table of contents, and with an empty schema. */
export const UNLISTED_PLAN: BookPlan = book(
  "Withdrawn Notes",
  "רשימות גנוזות",
  "Jewish Thought",
  leaf([
    [3, 4],
    [3, 5],
  ]),
  [HE],
);

/** A title that makes a folder more, version titles of which the file names keep only a part, and one in Hebrew. */
export const ODD_NAMES: readonly BookPlan[] = [
  book(
    "Questions/Answers of the Gate",
    "שאלות/תשובות השער",
    "Halakhah/Responsa",
    leaf([
      [5, 6],
      [3, 6],
    ]),
    [
      HE,
      { ...HE, versionTitle: "מהדורת השער", license: "Public Domain", priority: 1 },
      { ...EN, versionTitle: 'The "Gate": Questions (Part 1/2) <new> |old| why? *\\ [2nd]' },
      { ...PARTIAL, versionTitle: "Line one\nline two" },
      { ...FRENCH, versionTitle: "Édition bilingue: français [fr]" },
    ],
  ),
];

/** More books than the base set has: plain ones, one after another, each with its own number in the title. */
export function extraPlan(number: number): BookPlan {
  const plan = book(
    `Notebook ${number}`,
    `פנקס ${number}`,
    "Musar/Notebooks",
    leaf([
      [8, 12],
      [6, 12],
    ]),
    [HE, EN],
  );
  return number % 3 === 0 ? { ...plan, versions: [HE, NOTED, PARTIAL] } : plan;
}
