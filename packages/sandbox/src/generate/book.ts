import { slotCount, type Shape } from "@sofer/core";
import type { BookContent, SandboxBook, SandboxVersion, SchemaRecord, TitleRecord } from "../library.ts";
import { Random } from "../random.ts";
import { makeLongSegment, makeSegment, type Hand } from "./segment.ts";
import {
  runningOffsets,
  type BookPlan,
  type Coverage,
  type LeafPlan,
  type NodePlan,
  type VersionPlan,
} from "./plan.ts";

/** Shapes of a book's leaves by full title, drawn once so that all its versions are of one book. */
type Shapes = ReadonlyMap<string, Shape>;

/** Characters of the one very long segment, well over a chunk's 3,000 tokens. */
const LONG_SEGMENT = 24_000;
const BYTES_PER_SEGMENT = 160;

/** A generated book. It is made anew from its seed whenever it is loaded, and is then the same. */
export function generatedBook(plan: BookPlan, seed: string, scale: number, order: number): SandboxBook {
  const { title, heTitle, categories } = plan;
  return {
    title,
    heTitle,
    categories,
    titleVariants: [title, `The ${title}`],
    listing: { order, ...dependence(plan) },
    isVirtual: plan.nodes.kind === "dictionary",
    load: () => makeBook(plan, `${seed}/${title}`, scale),
  };
}

function dependence({ on, title }: BookPlan): Readonly<Record<string, unknown>> {
  if (on === undefined) return {};
  const collectiveTitle = title.replace(/ on .*$/, "");
  return { dependence: "Commentary", base_text_titles: [on], base_text_order: 0, collectiveTitle };
}

function makeBook(plan: BookPlan, seed: string, scale: number): BookContent {
  const shapes = new Map<string, Shape>();
  drawShapes(plan.nodes, plan.title, new Random(`${seed}/shape`), scale, shapes);
  let slots = 0;
  for (const shape of shapes.values()) slots += slotCount(shape);
  return {
    record: { enShortDesc: "", heShortDesc: "", compDate: [], era: "", is_cited: true, order: [1] },
    schema: rootSchema(plan, shapes),
    versions: plan.versions.map((version) => makeVersion(plan, version, shapes, seed)),
    sizeBytes: slots * plan.versions.length * BYTES_PER_SEGMENT,
  };
}

function drawShapes(node: NodePlan, title: string, random: Random, scale: number, shapes: Map<string, Shape>): void {
  if (node.kind === "leaf") shapes.set(title, drawShape(node, 0, random, scale));
  if (node.kind !== "branch") return;
  for (const child of node.nodes) drawShapes(child, childTitle(title, child), random, scale, shapes);
}

function childTitle(above: string, child: { readonly title: string; readonly isDefault?: boolean }): string {
  return child.isDefault === true ? above : `${above}, ${child.title}`;
}

/** Sizes grow with `scale` at the outermost level only: more sections, not longer ones. */
function drawShape(plan: LeafPlan, level: number, random: Random, scale: number): Shape {
  const [low, high] = plan.sizes[level] ?? [1, 1];
  const drawn = random.between(low, high);
  const size = level === 0 && drawn > 0 ? Math.max(1, Math.round(drawn * scale)) : drawn;
  if (level === plan.sizes.length - 1) return size;
  const inner = Array.from({ length: size }, (_, at): Shape => {
    const isHole = at > 0 && at < size - 1 && random.chance(plan.holes ?? 0);
    const shape = drawShape(plan, level + 1, random, scale);
    return isHole ? emptyShape(plan, level + 1) : shape;
  });
  const before = level === 0 ? (plan.emptyFirst ?? 0) : 0;
  return [...Array.from({ length: before }, () => emptyShape(plan, level + 1)), ...inner];
}

function emptyShape(plan: LeafPlan, level: number): Shape {
  return level === plan.sizes.length - 1 ? 0 : [];
}

function titles(en: string, he: string): readonly TitleRecord[] {
  return [
    { text: en, lang: "en", primary: true },
    { text: he, lang: "he", primary: true },
  ];
}

export function rootSchema(plan: BookPlan, shapes: Shapes): SchemaRecord {
  const { title, heTitle, nodes } = plan;
  const own = [...titles(title, heTitle), { text: `The ${title}`, lang: "en" }];
  if (nodes.kind === "dictionary") {
    const lexicon = { lexiconName: title, headwordMap: [], firstWord: "אב", lastWord: "תם" };
    return { nodeType: "DictionaryNode", title, heTitle, key: title, titles: own, ...lexicon };
  }
  return { ...schemaOf(nodes, title, shapes), title, heTitle, key: title, titles: own };
}

function schemaOf(node: Exclude<NodePlan, { kind: "dictionary" }>, title: string, shapes: Shapes): SchemaRecord {
  if (node.kind === "branch") {
    return {
      nodeType: "SchemaNode",
      nodes: node.nodes.map((child) => {
        const isDefault = child.kind === "leaf" && child.isDefault === true;
        const names = isDefault
          ? { default: true, key: "default", title: "", heTitle: "" }
          : {
              key: child.title,
              title: child.title,
              heTitle: child.heTitle,
              titles: titles(child.title, child.heTitle),
            };
        return { ...schemaOf(child, childTitle(title, child), shapes), ...names };
      }),
    };
  }
  const shape = shapes.get(title) ?? 0;
  const isNumbered = node.hasOffsets === true && typeof shape !== "number";
  return {
    nodeType: "JaggedArrayNode",
    depth: node.sizes.length,
    addressTypes: node.addressTypes,
    sectionNames: node.sectionNames,
    heSectionNames: node.sectionNames.map(() => "פסקה"),
    ...(isNumbered ? { index_offsets_by_depth: runningOffsets(shape.map(slotCount)) } : {}),
  };
}

function makeVersion(plan: BookPlan, version: VersionPlan, shapes: Shapes, seed: string): SandboxVersion {
  const random = new Random(`${seed}/${version.language}/${version.versionTitle}`);
  const hand: Hand = {
    language: version.language,
    marks: version.marks ?? "none",
    hasMarkup: version.hasMarkup ?? false,
    words: version.words ?? 14,
  };
  const text =
    plan.nodes.kind === "dictionary" ? [] : textOf(plan.nodes, plan.title, { version, shapes, random, hand });
  const meta = {
    language: version.language,
    versionTitle: version.versionTitle,
    versionSource: "https://sandbox.example/editions",
    license: version.license ?? null,
    status: version.priority === undefined ? "" : "locked",
    ...(version.priority === undefined ? {} : { priority: version.priority }),
    ...(version.actualLanguage === undefined ? {} : { actualLanguage: version.actualLanguage }),
  };
  return { meta, text: plan.oddity === undefined ? text : withOddity(text, plan.oddity, random, hand) };
}

interface Pen {
  readonly version: VersionPlan;
  readonly shapes: Shapes;
  readonly random: Random;
  readonly hand: Hand;
}

function textOf(node: Exclude<NodePlan, { kind: "dictionary" }>, title: string, pen: Pen): unknown {
  if (node.kind === "branch") {
    return Object.fromEntries(
      node.nodes.map((child) => {
        const isDefault = child.kind === "leaf" && child.isDefault === true;
        return [isDefault ? "" : child.title, textOf(child, childTitle(title, child), pen)];
      }),
    );
  }
  const { coverage } = pen.version;
  const shape = pen.shapes.get(title) ?? 0;
  if (typeof coverage === "object" && "only" in coverage && coverage.only !== title) return [];
  return writeText(shape, coverage, pen, true);
}

/** Fills a shape as far as a version covers it; `first` cuts whole top-level places off the end. */
function writeText(shape: Shape, coverage: Coverage, pen: Pen, isTop: boolean): unknown[] {
  const length = typeof shape === "number" ? shape : shape.length;
  const isCut = isTop && typeof coverage === "object" && "first" in coverage;
  const kept = isCut ? Math.ceil(length * coverage.first) : length;
  return Array.from({ length: kept }, (_, at) => {
    if (typeof shape !== "number") return writeText(shape[at] ?? 0, coverage, pen, false);
    const isMissing = typeof coverage === "object" && "scattered" in coverage && !pen.random.chance(coverage.scattered);
    return isMissing ? "" : makeSegment(pen.random, pen.hand);
  });
}

/** Changes a two-level text in the way named; the second and third sections take it. */
function withOddity(text: unknown, oddity: NonNullable<BookPlan["oddity"]>, random: Random, hand: Hand): unknown {
  if (!Array.isArray(text)) return text;
  const changed: unknown[] = [...text];
  const section: unknown[] = Array.isArray(changed[1]) ? [...changed[1]] : [];
  if (oddity === "shallower") changed[1] = makeSegment(random, hand);
  else {
    if (oddity === "deeper") section[1] = [makeSegment(random, hand), "", makeSegment(random, hand)];
    if (oddity === "long") section[0] = makeLongSegment(random, hand, LONG_SEGMENT);
    if (oddity === "not-text") section.splice(0, 3, null, 0, "   ");
    changed[1] = section;
  }
  return changed;
}
