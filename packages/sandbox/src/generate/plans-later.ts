import type { BookPlan } from "./plan.ts";
import {
  book,
  branch,
  leaf,
  named,
  COPYRIGHTED,
  EN,
  FRENCH,
  HE,
  NOTED,
  PARTIAL,
  SIMANIM,
  UNLABELLED,
} from "./plan-parts.ts";

/** Everything after: codes, thought, prayer; complex books, and texts that are not what their schema says. */
export const LATER_PLANS: readonly BookPlan[] = [
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
