import type { Shape } from "@sofer/core";
import type { BookPlan, LeafPlan } from "../generate/plan.ts";
import { branch, book as bookOf, DAPIM, leaf, named, SIMANIM, VERSES } from "../generate/plan-parts.ts";
import { Random } from "../random.ts";
import type { WholePlan } from "./plan.ts";

/** A book's nodes, and of each leaf's full title how many places it has; drawn without its texts. */
export interface Structure {
  readonly plan: BookPlan;
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** Up to so many places, half of the books are one list. */
const FLAT = 60;
const COMPLEX = 0.15;
const OF_PAGES = 0.05;
/** Sections of a usual book have 2 to so many places. */
const LONGEST_SECTION = 40;
const MOST_COMMENTS = 4;

const UNSIZED = [
  [1, 1],
  [1, 1],
  [1, 1],
] as const;

export function structureOf(whole: WholePlan, seed: string): Structure {
  const random = new Random(`${seed}/${whole.title}/structure`);
  const { title, slots } = whole;
  const shapes = new Map<string, Shape>();
  const put = (node: LeafPlan, full: string, shape: Shape) => {
    shapes.set(full, shape);
    return node;
  };
  const nodes = () => {
    if (whole.on !== null) {
      const types = {
        addressTypes: ["Perek", "Pasuk", "Integer"],
        sectionNames: ["Chapter", "Verse", "Comment"],
      } as const;
      return put(leaf(UNSIZED, types), title, comments(slots, random));
    }
    if (slots <= FLAT && random.chance(0.5)) return put(leaf(UNSIZED.slice(0, 1)), title, slots);
    if (slots > FLAT && random.chance(COMPLEX)) return parts(whole, random, put);
    if (random.chance(OF_PAGES)) {
      return put(leaf(UNSIZED.slice(0, 2), DAPIM), title, [0, 0, ...sections(slots, random)]);
    }
    return put(leaf(UNSIZED.slice(0, 2), random.chance(0.5) ? SIMANIM : VERSES), title, sections(slots, random));
  };
  const { heTitle, categories, on } = whole;
  const plan = bookOf(title, heTitle, categories.join("/"), nodes(), [], on === null ? {} : { on });
  return { plan, shapes };
}

/** An introduction and some parts. */
function parts(
  { title, heTitle, slots }: WholePlan,
  random: Random,
  put: (node: LeafPlan, full: string, shape: Shape) => LeafPlan,
) {
  const introduction = Math.min(random.between(3, 20), slots - 8);
  const count = random.between(2, 8);
  const each = Math.floor((slots - introduction) / count);
  const children = Array.from({ length: count }, (_, at) => {
    const size = at === count - 1 ? slots - introduction - each * (count - 1) : each;
    const name = `Part ${at + 1}`;
    return put(named(name, `חלק ${at + 1}`, UNSIZED.slice(0, 2)), `${title}, ${name}`, sections(size, random));
  });
  const first = put(named("Introduction", "הקדמה", UNSIZED.slice(0, 1)), `${title}, Introduction`, introduction);
  return branch(title, heTitle, [first, ...children]);
}

function sections(slots: number, random: Random): number[] {
  const most = random.between(4, LONGEST_SECTION);
  const lengths: number[] = [];
  for (let left = slots; left > 0;) {
    const length = Math.min(left, random.between(2, most));
    lengths.push(length);
    left -= length;
  }
  return lengths;
}

/** Comments by verse by chapter; on many verses there is none, never on a chapter's last. */
function comments(slots: number, random: Random): number[][] {
  const chapters: number[][] = [];
  for (let left = slots; left > 0;) {
    const chapter: number[] = [];
    for (let verse = random.between(2, LONGEST_SECTION); verse > 0 && left > 0; verse--) {
      const count = Math.min(left, random.between(verse === 1 ? 1 : 0, MOST_COMMENTS));
      chapter.push(count);
      left -= count;
    }
    chapters.push(chapter);
  }
  return chapters;
}
