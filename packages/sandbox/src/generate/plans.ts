import type { BookPlan } from "./plan.ts";
import { book, EN, HE, leaf, NOTED, PARTIAL } from "./plan-parts.ts";
import { CLASSIC_PLANS } from "./plans-classic.ts";
import { LATER_PLANS } from "./plans-later.ts";

/**
 * The base set of generated books: each structure that real books have at least once. Titles are made up; category
 * names are the library's own, so that `ingest` without titles (category Halakhah) works here too.
 */
export const BASE_PLANS: readonly BookPlan[] = [...CLASSIC_PLANS, ...LATER_PLANS];

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
