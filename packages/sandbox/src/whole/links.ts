import { formatRange, formatRef, slotCount, type Leaf, type Path, type Shape } from "@sofer/core";
import { csvLine } from "../bucket/fixed-files.ts";
import { rootSchema } from "../generate/book.ts";
import { buildNodes, walkNodes } from "../nodes.ts";
import { Random } from "../random.ts";
import type { WholePlan } from "./plan.ts";
import { structureOf } from "./structure.ts";

const TYPES = ["quotation", "reference", "related", "midrash", "quotation_auto", ""] as const;
/** A book cites at most so many others, the well-known ones more than others. */
const CITED = 40;
const RANGES = 0.08;
const SECTIONS = 0.04;
/** Links to books that are nowhere, and to places that are not in a book. */
const ELSEWHERE = 0.01;
const BEYOND = 0.005;

interface LinkedLeaf {
  readonly leaf: Leaf;
  readonly shape: Shape;
}

interface LinkedBook {
  readonly plan: WholePlan;
  readonly leaves: readonly LinkedLeaf[];
}

/**
 * Lines of the links files, one after another, of a library's books: each book's places in reading order with what they
 * are linked to, a commentary's with its base. Needs the books' structures, and none of their texts.
 */
export function* wholeLinks(plans: readonly WholePlan[], seed: string, count: number): Generator<string> {
  const random = new Random(`${seed}/links`);
  const books = plans.map((plan) => linkedBook(plan, seed));
  const byTitle = new Map(books.map((book) => [book.plan.title, book]));
  const slots = plans.reduce((sum, plan) => sum + plan.slots, 0);
  let owed = 0;
  for (const from of books) {
    const base = from.plan.on === null ? undefined : byTitle.get(from.plan.on);
    const cited = Array.from({ length: CITED }, () => books[Math.floor(random.next() ** 3 * books.length)] ?? from);
    for (const { leaf, shape } of from.leaves) {
      for (const path of placesOf(shape, [])) {
        owed += count / slots;
        for (let nth = 0; owed >= 1; nth++, owed--) {
          const isComment = nth === 0 && base !== undefined;
          yield lineOf(
            from.plan,
            endOf(leaf, shape, path, random),
            isComment ? commented(base, path) : null,
            cited,
            random,
          );
        }
      }
    }
  }
}

function linkedBook(plan: WholePlan, seed: string): LinkedBook {
  const structure = structureOf(plan, seed);
  const root = buildNodes(rootSchema(structure.plan, structure.shapes));
  const leaves = [...walkNodes(root)].flatMap(({ leaf }) => {
    const shape = leaf === null ? 0 : (structure.shapes.get(leaf.title) ?? 0);
    return leaf === null || slotCount(shape) === 0 ? [] : [{ leaf, shape }];
  });
  return { plan, leaves };
}

function* placesOf(shape: Shape, above: Path): Generator<Path> {
  const length = typeof shape === "number" ? shape : shape.length;
  for (let at = 0; at < length; at++) {
    if (typeof shape === "number") yield [...above, at];
    else yield* placesOf(shape[at] ?? 0, [...above, at]);
  }
}

interface End {
  readonly ref: string;
  readonly title: string;
  readonly category: string;
}

function lineOf(from: WholePlan, ref: string, base: End | null, cited: readonly LinkedBook[], random: Random): string {
  const type = base === null ? random.pick(TYPES) : "commentary";
  const to = base ?? citation(cited, random);
  return csvLine([ref, to.ref, type, from.title, to.title, from.categories[0] ?? "", to.category]);
}

/** `X on Y 2:3:1` comments on `Y 2:3`, where there is one. */
function commented(base: LinkedBook, path: Path): End | null {
  const [at] = base.leaves;
  if (at === undefined || base.leaves.length > 1 || at.leaf.depth >= path.length) return null;
  const place = path.slice(0, at.leaf.depth);
  return hasPlace(at.shape, place) ? end(base.plan, formatRef(at.leaf, place)) : null;
}

function hasPlace(shape: Shape, path: Path): boolean {
  const [index = 0, ...below] = path;
  if (typeof shape === "number") return index < shape;
  const inner = shape[index];
  return inner !== undefined && hasPlace(inner, below);
}

function citation(cited: readonly LinkedBook[], random: Random): End {
  if (random.chance(ELSEWHERE))
    return { ref: `Far Shore ${random.between(1, 900)}:4`, title: "Far Shore", category: "Elsewhere" };
  const book = cited[Math.floor(random.next() ** 2 * cited.length)];
  const part = book?.leaves[random.between(0, book.leaves.length - 1)];
  if (book === undefined || part === undefined) throw new RangeError("a book without places was cited");
  if (random.chance(BEYOND)) return end(book.plan, formatRef(part.leaf, [99_000]));
  return end(book.plan, endOf(part.leaf, part.shape, anyPlace(part.shape, random), random));
}

/** A place of a shape that has one. */
function anyPlace(shape: Shape, random: Random): Path {
  if (typeof shape === "number") return [random.between(0, shape - 1)];
  for (;;) {
    const at = random.between(0, shape.length - 1);
    const inner = shape[at] ?? 0;
    if (slotCount(inner) > 0) return [at, ...anyPlace(inner, random)];
  }
}

/** The place itself, now and then a range that begins with it, or its section. */
function endOf(leaf: Leaf, shape: Shape, path: Path, random: Random): string {
  const draw = random.next();
  if (draw < RANGES) {
    const last = path.at(-1) ?? 0;
    const to = [...path.slice(0, -1), last + random.between(1, 4)];
    if (hasPlace(shape, to)) return formatRange(leaf, path, to);
  }
  if (draw >= 1 - SECTIONS && path.length > 1) return formatRef(leaf, path.slice(0, -1));
  return formatRef(leaf, path);
}

function end(plan: WholePlan, ref: string): End {
  return { ref, title: plan.title, category: plan.categories[0] ?? "" };
}
