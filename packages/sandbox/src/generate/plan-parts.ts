import type { AddressType } from "@sofer/core";
import type { BookPlan, BranchPlan, LeafPlan, NodePlan, VersionPlan } from "./plan.ts";

/** What the plans are put together from: usual versions, usual structures, short ways to write a node. */

export const HE: VersionPlan = {
  language: "he",
  versionTitle: "Sandbox Hebrew Edition",
  coverage: "all",
  license: "CC0",
};
export const EN: VersionPlan = {
  language: "en",
  versionTitle: "Sandbox English Translation",
  coverage: { first: 0.7 },
  license: "CC-BY",
};
export const MARKED: VersionPlan = {
  language: "he",
  versionTitle: "Pointed Text",
  coverage: "all",
  marks: "cantillation",
  license: "Public Domain",
  priority: 2,
};
export const NOTED: VersionPlan = {
  language: "en",
  versionTitle: "Annotated Translation",
  coverage: "all",
  hasMarkup: true,
  license: "CC-BY-SA",
};
/** Ties with NOTED in priority and has less. */
export const PARTIAL: VersionPlan = {
  language: "en",
  versionTitle: "A Partial Translation",
  coverage: { scattered: 0.3 },
  license: "CC-BY-NC",
};
export const FRENCH: VersionPlan = {
  language: "en",
  versionTitle: "Traduction du bac [fr]",
  coverage: { first: 0.2 },
  license: "unknown",
  actualLanguage: "fr",
};
export const COPYRIGHTED: VersionPlan = {
  language: "en",
  versionTitle: "Publisher's Edition",
  coverage: { first: 0.5 },
  license: "Copyright: A Publisher",
  priority: 3,
};
export const UNLABELLED: VersionPlan = { language: "he", versionTitle: "Old Print", coverage: { first: 0.9 } };

const NAMES = ["Chapter", "Paragraph", "Comment", "Note"];

export function leaf(sizes: LeafPlan["sizes"], more: Partial<LeafPlan> = {}): LeafPlan {
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

export function named(
  title: string,
  heTitle: string,
  sizes: LeafPlan["sizes"],
  more: Partial<LeafPlan> = {},
): LeafPlan {
  return leaf(sizes, { title, heTitle, ...more });
}

export function branch(title: string, heTitle: string, nodes: BranchPlan["nodes"]): BranchPlan {
  return { kind: "branch", title, heTitle, nodes };
}

export function book(
  title: string,
  heTitle: string,
  path: string,
  nodes: NodePlan,
  versions: readonly VersionPlan[],
  more: Pick<BookPlan, "on" | "oddity"> = {},
): BookPlan {
  return { title, heTitle, categories: path.split("/"), nodes, versions, ...more };
}

export const VERSES: Partial<LeafPlan> = { addressTypes: ["Perek", "Pasuk"], sectionNames: ["Chapter", "Verse"] };
export const DAPIM: Partial<LeafPlan> = {
  addressTypes: ["Talmud", "Integer"],
  sectionNames: ["Daf", "Line"],
  emptyFirst: 2,
};
export const SIMANIM: Partial<LeafPlan> = { addressTypes: ["Siman", "Seif"], sectionNames: ["Siman", "Seif"] };
