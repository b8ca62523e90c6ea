import type { Language, NoPlace, RefIndex } from "@sofer/core";
import type { StoredLeaf } from "./rows.ts";

/** Where one side of a link lies: in text (or not yet compared with it), beyond it, or nowhere known, with the reason (core NoPlace). */
export type LinkState = "placed" | "beyond" | NoPlace;

/** What a reader says of a links file when it has read it to its end. */
export interface LinkFileCounts {
  /** Rows, the header not counted. */
  readonly read: number;
  readonly invalid: number;
  /** Rows that touch no wanted book. */
  readonly unwanted: number;
}

/** read = met + duplicate + invalid + unwanted, once it was read to its end. */
export interface LinkSourceRow extends LinkFileCounts {
  readonly name: string;
  /** What it was made of: equal to the last one, it need not be read again. */
  readonly tag: string;
  /** Different links. */
  readonly met: number;
  readonly duplicate: number;
  /** ms since the epoch; null: not read to its end. */
  readonly finishedAt: number | null;
}

export interface LinkTypeCounts {
  /** As published; "" is a type. */
  readonly type: string;
  readonly links: number;
  readonly resolved: number;
}

/** read = stored + duplicate + invalid + unwanted; stored = resolved + dangling. */
export interface LinkAccount extends LinkFileCounts {
  /** False: links came since places were last compared with the texts, and `beyond` is not known. */
  readonly isChecked: boolean;
  readonly sources: readonly LinkSourceRow[];
  readonly stored: number;
  /** Rows that say a link again, in the same file or another. */
  readonly duplicate: number;
  /** Both sides are places of the library. */
  readonly resolved: number;
  readonly dangling: number;
  /** Of the dangling: one side is a place of the library. */
  readonly oneSided: number;
  /** Of the resolved: a side lies where there is no text. */
  readonly beyond: number;
  /** Both sides of all links, by where they lie. */
  readonly sides: Readonly<Record<LinkState, number>>;
  readonly types: readonly LinkTypeCounts[];
}

/** The library's books, by what they are cited by. */
export interface Citations extends Pick<RefIndex<Pick<StoredLeaf, "nodeId" | "leaf">>, "find" | "touches"> {
  /** Hex; changes when books, or names they go by, come or go: then files of links have other wanted rows. */
  readonly booksHash: string;
}

export interface ResolvedLinks {
  /** Sides that were dangling and are placed now. */
  readonly resolvedSides: number;
  /** Links that turned out to be another one, spelt differently. */
  readonly mergedLinks: number;
  /** Placed sides of which it changed whether there is text. */
  readonly recheckedSides: number;
}

export interface ExpandOptions {
  /** As published, letter case aside; null: all. */
  readonly types: readonly string[] | null;
  /** Links returned at most. */
  readonly limit: number;
  /** Texts of other languages or licences are left out; the links stay. */
  readonly languages?: readonly Language[];
  readonly licenses?: readonly string[];
}

/** A place that another is linked with. */
export interface ExpandedLink {
  /** From where, by what type of link, to where. */
  readonly path: readonly [from: string, type: string, to: string];
  /** The link's own ref on the side it was found from: it may reach further than the place asked for. */
  readonly here: string;
  readonly ref: string;
  readonly type: string;
  readonly state: LinkState;
  /** Book of the other side; null: dangling. */
  readonly title: string | null;
  /** The first segments of the other side in all wanted versions; none when dangling or beyond the text. */
  readonly texts: readonly {
    readonly ref: string;
    readonly language: Language;
    readonly versionTitle: string;
    readonly license: string;
    readonly text: string;
  }[];
  /** There are more segments than `texts` has. */
  readonly isCut: boolean;
  readonly url: string | null;
}

export interface ExpandedLinks {
  /** All there are, before the limit. */
  readonly total: number;
  readonly links: readonly ExpandedLink[];
}
