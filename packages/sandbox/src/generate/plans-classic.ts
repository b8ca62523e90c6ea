import type { BookPlan } from "./plan.ts";
import {
  book,
  branch,
  leaf,
  named,
  COPYRIGHTED,
  DAPIM,
  EN,
  FRENCH,
  HE,
  MARKED,
  NOTED,
  PARTIAL,
  UNLABELLED,
  VERSES,
} from "./plan-parts.ts";

/** Tanakh, Mishnah and Talmud: verses, pages, and commentaries that follow them place by place. */
export const CLASSIC_PLANS: readonly BookPlan[] = [
  book(
    "Scroll of Gates",
    "מגילת שערים",
    "Tanakh/Torah",
    leaf(
      [
        [18, 22],
        [18, 30],
      ],
      VERSES,
    ),
    [MARKED, HE, NOTED, PARTIAL, FRENCH],
  ),
  book(
    "Scroll of Rivers",
    "מגילת נהרות",
    "Tanakh/Torah",
    leaf(
      [
        [14, 18],
        [15, 26],
      ],
      VERSES,
    ),
    [MARKED, UNLABELLED, NOTED, COPYRIGHTED],
  ),
  book(
    "Scroll of Lamps",
    "מגילת נרות",
    "Tanakh/Writings",
    leaf(
      [
        [8, 10],
        [10, 20],
      ],
      VERSES,
    ),
    [MARKED, EN],
  ),
  book(
    "Eliav on Scroll of Gates",
    "אליאב על מגילת שערים",
    "Tanakh/Commentary/Eliav",
    leaf(
      [
        [16, 18],
        [14, 20],
        [0, 3],
      ],
      { holes: 0.2 },
    ),
    [HE, EN, PARTIAL],
    { on: "Scroll of Gates" },
  ),
  book(
    "Eliav on Scroll of Rivers",
    "אליאב על מגילת נהרות",
    "Tanakh/Commentary/Eliav",
    branch("Eliav on Scroll of Rivers", "אליאב על מגילת נהרות", [
      named("Introduction", "הקדמה", [[4, 6]]),
      leaf(
        [
          [10, 12],
          [10, 16],
          [0, 2],
        ],
        { isDefault: true, holes: 0.1 },
      ),
    ]),
    [HE, EN],
    { on: "Scroll of Rivers" },
  ),
  book(
    "Mishnah Shearim",
    "משנה שערים",
    "Mishnah/Seder Middot",
    leaf(
      [
        [6, 8],
        [5, 9],
      ],
      { addressTypes: ["Perek", "Mishnah"], sectionNames: ["Chapter", "Mishnah"] },
    ),
    [{ ...HE, marks: "niqqud" }, EN],
  ),
  book(
    "Mishnah Neharot",
    "משנה נהרות",
    "Mishnah/Seder Middot",
    leaf(
      [
        [5, 7],
        [4, 8],
      ],
      { addressTypes: ["Perek", "Mishnah"], sectionNames: ["Chapter", "Mishnah"], holes: 0.05 },
    ),
    [{ ...HE, marks: "niqqud" }, EN],
  ),
  book(
    "Shearim",
    "שערים",
    "Talmud/Bavli/Seder Middot",
    leaf(
      [
        [44, 50],
        [8, 16],
      ],
      DAPIM,
    ),
    [HE, { ...NOTED, words: 40 }],
  ),
  book(
    "Neharot",
    "נהרות",
    "Talmud/Bavli/Seder Middot",
    leaf(
      [
        [30, 34],
        [8, 14],
      ],
      { ...DAPIM, holes: 0.05 },
    ),
    [HE, EN, PARTIAL],
  ),
  book(
    "Tosefet on Shearim",
    "תוספת על שערים",
    "Talmud/Bavli/Commentary/Tosefet",
    leaf(
      [
        [40, 44],
        [3, 6],
        [0, 2],
      ],
      {
        addressTypes: ["Talmud", "Integer", "Integer"],
        sectionNames: ["Daf", "Line", "Comment"],
        emptyFirst: 2,
        holes: 0.2,
      },
    ),
    [HE],
    { on: "Shearim" },
  ),
  book(
    "Tablet of Pages",
    "לוח הדפים",
    "Talmud/Early Printings",
    leaf(
      [
        [20, 24],
        [3, 6],
      ],
      { addressTypes: ["Folio", "Integer"], sectionNames: ["Folio", "Line"] },
    ),
    [HE],
  ),
];
