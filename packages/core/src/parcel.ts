import type { VersionMeta } from "./book.ts";
import type { FileFacts } from "./bucket.ts";
import type { ChunkDraft } from "./chunk.ts";
import type { Tally } from "./conservation.ts";
import type { Irregularity, PlaceKind } from "./jagged-array.ts";
import type { Path } from "./schema-tree.ts";
import type { ExclusionReason } from "./selection.ts";
import type { Shape } from "./shape.ts";
import type { LeafRange } from "./source.ts";

/** A place that is not simply a stored segment; kept with the holding so that `verify` can name it without the source. */
export interface OddPlace {
  readonly path: Path;
  readonly kind: PlaceKind;
  readonly irregular: Irregularity | null;
}

/** Classes of a version's places in a part of a leaf. They add up: places = stored + blank + notText + excluded. */
export interface PlaceCounts {
  readonly places: number;
  readonly stored: number;
  readonly blank: number;
  readonly notText: number;
  /** Non-blank places left out by `--limit`. */
  readonly excluded: number;
  /** Of the stored ones, those deeper or shallower than the schema. */
  readonly irregular: number;
}

export const NO_PLACES: PlaceCounts = { places: 0, stored: 0, blank: 0, notText: 0, excluded: 0, irregular: 0 };

/** What a unit brings for one version and one part of a leaf: the unit of commitment. See unit.ts. */
export interface Parcel {
  readonly nodeId: number;
  readonly version: VersionMeta;
  /** null: the whole leaf. */
  readonly range: LeafRange | null;
  /** Stored places in reading order: `paths[i]` holds `texts[i]`. Columns, because they cross processes. */
  readonly paths: readonly Path[];
  readonly texts: readonly string[];
  readonly counts: PlaceCounts;
  readonly odd: readonly OddPlace[];
  /** Of the stored texts, as the parser saw them; the writer counts again what it is about to store. */
  readonly tally: Tally;
  /** Where the answer came from: a URL, or an object and its generation. */
  readonly sourceTag: string;
  /** `limited`: `--limit` left something out; a run without the limit asks again. */
  readonly state: "done" | "limited";
}

/** What the writer adds before it commits: token counts beside `texts`, and the chunks when they can be made already. */
export interface ChunkedParcel extends Parcel {
  readonly tokens: readonly number[];
  /** null: the part does not end at top-level sections, so the leaf is chunked when it is whole. */
  readonly chunks: readonly ChunkDraft[] | null;
}

/** A version that an answer held and the run left out. */
export interface ExcludedVersion {
  readonly language: string;
  readonly versionTitle: string;
  readonly license: string;
  readonly reason: ExclusionReason;
  readonly raw: Tally;
}

/** What a finished text unit says: written in the same transaction as its last parcel. */
export interface Settlement {
  readonly nodeId: number;
  readonly range: LeafRange | null;
  /** selectionKey() of what was kept. */
  readonly selection: string;
  readonly limitSlots: number | null;
  readonly excluded: readonly ExcludedVersion[];
  /** Non-blank strings in the raw answer, all versions; equals stored + limited + excluded, or the unit fails. */
  readonly raw: Tally;
}

/** What a finished book unit says: written in the transaction that makes the book whole. */
export interface BookSettlement {
  readonly leaves: readonly (Settlement & {
    /** Union of the book's files. */
    readonly shape: Shape;
    /** Versions (versionId) that stay in this leaf; texts of any other go. */
    readonly kept: readonly string[];
  })[];
  /** Every file that took part, downloaded now or before. */
  readonly files: readonly FileFacts[];
}

/** What became of texts, one per version and place, when a book was brought again. */
export interface Changes {
  readonly added: number;
  readonly changed: number;
  /** The same text at another place of the same version. */
  readonly moved: number;
  readonly removed: number;
}

export const NO_CHANGES: Changes = { added: 0, changed: 0, moved: 0, removed: 0 };
