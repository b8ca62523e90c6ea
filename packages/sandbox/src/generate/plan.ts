import type { AddressType, IndexOffsets, Language } from "@sofer/core";
import type { Marks } from "./words.ts";

/** A generated book before its texts: what structure it has and which versions of it there are. */
export interface BookPlan {
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  readonly nodes: NodePlan;
  readonly versions: readonly VersionPlan[];
  /** The book this one comments on. */
  readonly on?: string;
  readonly oddity?: Oddity;
}

export type NodePlan = LeafPlan | BranchPlan | { readonly kind: "dictionary" };

export interface LeafPlan {
  readonly kind: "leaf";
  readonly title: string;
  readonly heTitle: string;
  readonly isDefault?: boolean;
  readonly addressTypes: readonly AddressType[];
  readonly sectionNames: readonly string[];
  /** Fewest and most entries by level. */
  readonly sizes: readonly (readonly [number, number])[];
  /** Empty places before the first, such as a tractate's 1a and 1b. */
  readonly emptyFirst?: number;
  /** Share of sections and of segments that do not exist in any version. */
  readonly holes?: number;
  readonly hasOffsets?: boolean;
}

export interface BranchPlan {
  readonly kind: "branch";
  readonly title: string;
  readonly heTitle: string;
  readonly nodes: readonly (LeafPlan | BranchPlan)[];
}

/**
 * What of a book a version has: all of it, the first share, a scattered share, or only the leaf of that full title
 * (then it has nothing in the default node: the default-node trap).
 */
export type Coverage = "all" | { readonly first: number } | { readonly scattered: number } | { readonly only: string };

export interface VersionPlan {
  readonly language: Language;
  readonly versionTitle: string;
  readonly coverage: Coverage;
  readonly marks?: Marks;
  readonly hasMarkup?: boolean;
  readonly words?: number;
  readonly license?: string;
  readonly priority?: number;
  readonly actualLanguage?: string;
}

/**
 * Texts that are not what their schema says, as real ones are not: a list in a segment's place, a string in a
 * section's, nulls and numbers, one segment far longer than any chunk.
 */
export type Oddity = "deeper" | "shallower" | "not-text" | "long";

/** Offsets that number a leaf's second level through, whatever section it stands in. */
export function runningOffsets(sectionLengths: readonly number[]): IndexOffsets {
  let sum = 0;
  const offsets = sectionLengths.map((length) => {
    const before = sum;
    sum += length;
    return before;
  });
  return { "2": offsets };
}
