import type { AddressType } from "@sofer/core";
import type { BookPlan, BranchPlan, LeafPlan, NodePlan, VersionPlan } from "./plan.ts";

/**
 * The base set of generated books: each structure that real books have at least once. Titles are made up; category
 * names are the library's own, so that `ingest` without titles (category Halakhah) works here too.
 */

const HE: VersionPlan = { language: "he", versionTitle: "Sandbox Hebrew Edition", coverage: "all", license: "CC0" };
const EN: VersionPlan = {
  language: "en",
  versionTitle: "Sandbox English Translation",
  coverage: { first: 0.7 },
  license: "CC-BY",
};
const MARKED: VersionPlan = {
  language: "he",
  versionTitle: "Pointed Text",
  coverage: "all",
  marks: "cantillation",
  license: "Public Domain",
  priority: 2,
};
const NOTED: VersionPlan = {
  language: "en",
  versionTitle: "Annotated Translation",
  coverage: "all",
  hasMarkup: true,
  license: "CC-BY-SA",
};
/** Ties with NOTED in priority and has less. */
const PARTIAL: VersionPlan = {
  language: "en",
  versionTitle: "A Partial Translation",
  coverage: { scattered: 0.3 },
  license: "CC-BY-NC",
};
const FRENCH: VersionPlan = {
  language: "en",
  versionTitle: "Traduction du bac [fr]",
  coverage: { first: 0.2 },
  license: "unknown",
  actualLanguage: "fr",
};
const COPYRIGHTED: VersionPlan = {
  language: "en",
  versionTitle: "Publisher's Edition",
  coverage: { first: 0.5 },
  license: "Copyright: A Publisher",
  priority: 3,
};
const UNLABELLED: VersionPlan = { language: "he", versionTitle: "Old Print", coverage: { first: 0.9 } };

const NAMES = ["Chapter", "Paragraph", "Comment", "Note"];

function leaf(sizes: LeafPlan["sizes"], more: Partial<LeafPlan> = {}): LeafPlan {
  const addressTypes = sizes.map((): AddressType => "Integer");
  return {
    kind: "leaf",
    title: "",
    heTitle: "",
    addressTypes,
    sectionNames: NAMES.slice(0, sizes.length),
    sizes,
    ...more,
  };
}

function named(title: string, heTitle: string, sizes: LeafPlan["sizes"], more: Partial<LeafPlan> = {}): LeafPlan {
  return leaf(sizes, { title, heTitle, ...more });
}

function branch(title: string, heTitle: string, nodes: BranchPlan["nodes"]): BranchPlan {
  return { kind: "branch", title, heTitle, nodes };
}

function book(
  title: string,
  heTitle: string,
  path: string,
  nodes: NodePlan,
  versions: readonly VersionPlan[],
  more: Pick<BookPlan, "on" | "oddity"> = {},
): BookPlan {
  return { title, heTitle, categories: path.split("/"), nodes, versions, ...more };
}

const VERSES: Partial<LeafPlan> = { addressTypes: ["Perek", "Pasuk"], sectionNames: ["Chapter", "Verse"] };
const DAPIM: Partial<LeafPlan> = { addressTypes: ["Talmud", "Integer"], sectionNames: ["Daf", "Line"], emptyFirst: 2 };
const SIMANIM: Partial<LeafPlan> = { addressTypes: ["Siman", "Seif"], sectionNames: ["Siman", "Seif"] };

export const BASE_PLANS: readonly BookPlan[] = [
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
  book(
    "Midrash of the Road",
    "מדרש הדרך",
    "Midrash/Aggadah",
    leaf([
      [10, 14],
      [5, 12],
    ]),
    [HE, EN, NOTED],
  ),
  book("Sayings of the Well", "אמרי הבאר", "Midrash/Aggadah", leaf([[60, 80]]), [HE, EN]),
  book(
    "Table of Order",
    "שלחן הסדר",
    "Halakhah/Codes",
    leaf(
      [
        [40, 44],
        [6, 14],
      ],
      SIMANIM,
    ),
    [{ ...HE, hasMarkup: true }, UNLABELLED, EN],
  ),
  book(
    "Table of Order, Days",
    "שלחן הסדר, ימים",
    "Halakhah/Codes",
    leaf(
      [
        [24, 28],
        [5, 12],
      ],
      { ...SIMANIM, emptyFirst: 1 },
    ),
    [{ ...HE, hasMarkup: true }, EN],
  ),
  book(
    "Small Lamp on Table of Order",
    "נר קטן על שלחן הסדר",
    "Halakhah/Codes/Commentary",
    leaf(
      [
        [38, 40],
        [2, 8],
      ],
      { addressTypes: ["Siman", "SeifKatan"], sectionNames: ["Siman", "Seif Katan"], holes: 0.1 },
    ),
    [HE, COPYRIGHTED],
    { on: "Table of Order" },
  ),
  book(
    "Laws of the Scribe",
    "הלכות סופר",
    "Halakhah/Mishneh",
    leaf(
      [
        [8, 12],
        [8, 18],
      ],
      { addressTypes: ["Perek", "Halakhah"], sectionNames: ["Chapter", "Halakhah"] },
    ),
    [HE, EN, PARTIAL],
  ),
  book(
    "Answers of Eliav",
    "שו״ת אליאב",
    "Halakhah/Responsa",
    branch("Answers of Eliav", "שו״ת אליאב", [
      branch("Volume I", "חלק א", [
        named("Introduction", "פתיחה", [[3, 5]]),
        named("Answers", "תשובות", [
          [12, 16],
          [3, 8],
        ]),
      ]),
      branch("Volume II", "חלק ב", [
        named(
          "Answers",
          "תשובות",
          [
            [10, 12],
            [3, 8],
          ],
          { holes: 0.1 },
        ),
        named("Index", "מפתח", [[0, 0]]),
      ]),
    ]),
    [{ ...HE, words: 60 }, EN],
  ),
  book(
    "Long Ruling",
    "פסק ארוך",
    "Halakhah/Responsa",
    leaf([
      [4, 5],
      [3, 5],
    ]),
    [HE, EN],
    { oddity: "long" },
  ),
  book(
    "Guide of the Path",
    "מורה הנתיב",
    "Jewish Thought",
    branch("Guide of the Path", "מורה הנתיב", [
      named("Introduction", "הקדמה", [[5, 8]]),
      named("Part 1", "חלק א", [
        [14, 18],
        [3, 8],
      ]),
      named("Part 2 Introduction", "הקדמה לחלק ב", [[3, 4]]),
      named("Part 2", "חלק ב", [
        [12, 16],
        [3, 8],
      ]),
    ]),
    [HE, NOTED, { ...EN, versionTitle: "Part 1 Alone", coverage: { only: "Guide of the Path, Part 1" } }],
  ),
  book(
    "Four Doors",
    "ארבע דלתות",
    "Jewish Thought",
    leaf(
      [
        [3, 4],
        [3, 5],
        [2, 4],
        [2, 4],
      ],
      {
        addressTypes: ["Volume", "Section", "Integer", "Integer"],
        sectionNames: ["Volume", "Section", "Chapter", "Line"],
      },
    ),
    [HE, EN],
  ),
  book(
    "Essays Without Levels",
    "מאמרים בלא מדרגות",
    "Jewish Thought",
    leaf([
      [6, 8],
      [4, 8],
    ]),
    [HE, UNLABELLED],
    { oddity: "shallower" },
  ),
  book(
    "Deep Essays",
    "מאמרי עומק",
    "Jewish Thought",
    leaf([
      [6, 8],
      [4, 8],
    ]),
    [HE, UNLABELLED],
    { oddity: "deeper" },
  ),
  book(
    "Torn Pages",
    "דפים קרועים",
    "Jewish Thought",
    leaf(
      [
        [8, 10],
        [4, 10],
      ],
      { holes: 0.3 },
    ),
    [HE, PARTIAL],
    { oddity: "not-text" },
  ),
  book(
    "Gathered Teachings",
    "ליקוטי תורות",
    "Chasidut",
    branch("Gathered Teachings", "ליקוטי תורות", [
      named("A Song", "שיר", [[6, 8]]),
      leaf(
        [
          [14, 18],
          [3, 6],
          [1, 4],
        ],
        { isDefault: true },
      ),
      named("Second Part", "חלק שני", [
        [10, 12],
        [2, 5],
        [1, 4],
      ]),
    ]),
    [
      { ...HE, versionTitle: "Second Part Alone", coverage: { only: "Gathered Teachings, Second Part" }, priority: 5 },
      HE,
      EN,
      PARTIAL,
    ],
  ),
  book(
    "Light of the Vineyard",
    "אור הכרם",
    "Chasidut",
    leaf(
      [
        [20, 24],
        [2, 6],
      ],
      { emptyFirst: 1 },
    ),
    [HE, EN],
  ),
  book(
    "Book of Radiances",
    "ספר הזהרים",
    "Kabbalah",
    leaf(
      [
        [16, 20],
        [6, 12],
      ],
      { hasOffsets: true },
    ),
    [HE, EN],
  ),
  book(
    "Book of Measures",
    "ספר המידות",
    "Kabbalah",
    leaf([
      [5, 6],
      [3, 5],
      [2, 5],
    ]),
    [{ ...HE, marks: "niqqud" }, NOTED],
  ),
  book(
    "Order of Mornings",
    "סדר בקרים",
    "Liturgy",
    branch("Order of Mornings", "סדר בקרים", [
      branch("Weekday", "חול", [
        named("Waking", "השכמה", [[3, 6]]),
        branch("Standing", "עמידה", [named("Opening", "פתיחה", [[3, 5]]), named("Closing", "סיום", [[3, 5]])]),
      ]),
      named("Festival", "חג", [
        [4, 6],
        [2, 5],
      ]),
    ]),
    [{ ...HE, marks: "niqqud", hasMarkup: true }, EN],
  ),
  book("Poem of the Scribe", "פיוט הסופר", "Liturgy", leaf([[24, 30]]), [{ ...HE, marks: "niqqud" }]),
  book(
    "Letters from Abroad",
    "אגרות מרחוק",
    "Second Temple",
    leaf([
      [9, 12],
      [4, 9],
    ]),
    [NOTED, FRENCH],
  ),
  book(
    "Measures and Weights",
    "מידות ומשקלות",
    "Reference",
    leaf([
      [20, 26],
      [1, 4],
    ]),
    [HE, EN],
  ),
  book("Lexicon of the Scribe", "מילון הסופר", "Reference/Dictionary", { kind: "dictionary" }, []),
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
