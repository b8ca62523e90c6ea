import type { Language, Shape } from "@sofer/core";
import { rootSchema } from "../generate/book.ts";
import type { NodePlan } from "../generate/plan.ts";
import type { BookContent, SandboxBook, SandboxVersion } from "../library.ts";
import { Random } from "../random.ts";
import { logNormal, TEXT_SPREAD, type WholePlan } from "./plan.ts";
import { structureOf } from "./structure.ts";
import type { Writer } from "./words.ts";

export type Writers = Readonly<Record<Language, Writer>>;

/** Longest text, in characters: real ones are hardly longer. */
const LONGEST = 20_000;
const SHORTEST = 8;
/** Of a hundred places so many are empty in one version: a place has text in the first Hebrew one in any case. */
const BLANK = 0.01;
/** Texts with markup or with white space at the end, as in real files. */
const BOLD = 0.08;
const NOTED = 0.03;
const SPACED = 0.1;
/** Bytes of JSON for one character, roughly. */
const CHARACTER_BYTES = 2;

/** A book of a whole library: made anew from the seed whenever it is loaded, and then the same. */
export function wholeBook(plan: WholePlan, seed: string, order: number, writers: Writers): SandboxBook {
  const { title, heTitle, categories, on } = plan;
  const dependence = { dependence: "Commentary", base_text_titles: [on], base_text_order: 0 };
  return {
    title,
    heTitle,
    categories,
    titleVariants: [title],
    listing: { order, ...(on === null ? {} : dependence) },
    isVirtual: false,
    load: () => loadBook(plan, seed, writers),
  };
}

function loadBook(plan: WholePlan, seed: string, writers: Writers): BookContent {
  const structure = structureOf(plan, seed);
  const { nodes } = structure.plan;
  const usual = { marks: plan.marks, from: structure.shapes, seed: `${seed}/${plan.title}`, nodes, plan, writers };
  const versions = [
    version({ ...usual, language: "he", versionTitle: "First Edition", share: 1, license: "Public Domain" }),
    ...(plan.second === 0
      ? []
      : [version({ ...usual, language: "he", versionTitle: "Second Edition", share: plan.second, license: "CC-BY" })]),
    ...(plan.english === 0
      ? []
      : [version({ ...usual, language: "en", versionTitle: "Translation", share: plan.english, license: "CC0" })]),
  ];
  const characters = plan.slots * plan.lengths.he * (1 + plan.second) + plan.slots * plan.lengths.en * plan.english;
  return {
    record: { enShortDesc: "", heShortDesc: "", compDate: [], era: "", is_cited: true, order: [1] },
    schema: rootSchema(structure.plan, structure.shapes),
    versions,
    sizeBytes: Math.round(characters * CHARACTER_BYTES),
  };
}

interface VersionOrder {
  readonly language: Language;
  readonly versionTitle: string;
  readonly license: string;
  /** How much of the book, from the front. */
  readonly share: number;
  readonly plan: WholePlan;
  readonly nodes: NodePlan;
  readonly from: ReadonlyMap<string, Shape>;
  readonly seed: string;
  readonly writers: Writers;
}

function version(ordered: VersionOrder): SandboxVersion {
  const { language, versionTitle, license, share, plan, nodes, from, writers } = ordered;
  const random = new Random(`${ordered.seed}/${language}/${versionTitle}`);
  const marks = language === "he" ? plan.marks : "none";
  const isWhole = share === 1 && language === "he";
  let left = Math.round(plan.slots * share);
  const write = (): string => {
    if (left <= 0) return "";
    left--;
    if (!isWhole && random.chance(BLANK)) return "";
    const length = Math.min(LONGEST, Math.max(SHORTEST, plan.lengths[language] * logNormal(random, TEXT_SPREAD)));
    return dress(writers[language].text(random, length, marks), random, () =>
      writers[language].text(random, 30, marks),
    );
  };
  const fill = (shape: Shape): unknown[] =>
    typeof shape === "number"
      ? Array.from({ length: shape }, write)
      : shape.map((inner) => (left > 0 ? fill(inner) : []));
  return {
    meta: { language, versionTitle, versionSource: "https://sandbox.example/whole", license, status: "" },
    text: textOf(nodes, plan.title, (title) => fill(from.get(title) ?? 0)),
  };
}

function textOf(node: NodePlan, title: string, fill: (title: string) => unknown): unknown {
  if (node.kind !== "branch") return fill(title);
  return Object.fromEntries(
    node.nodes.map((child) => [child.title, textOf(child, `${title}, ${child.title}`, fill)] as const),
  );
}

function dress(text: string, random: Random, more: () => string): string {
  const draw = random.next();
  if (draw < BOLD) {
    const end = text.indexOf(" ", 10);
    return end < 0 ? `<b>${text}</b>` : `<b>${text.slice(0, end)}</b>${text.slice(end)}`;
  }
  if (draw < BOLD + NOTED) {
    return `${text}<sup class="footnote-marker">*</sup><i class="footnote">${more()}</i>`;
  }
  return draw < BOLD + NOTED + SPACED ? `${text} ` : text;
}
