import {
  addTallies,
  comparePaths,
  EMPTY_TALLY,
  labelsOf,
  MAX_PARCEL_SEGMENTS,
  MAX_PARCEL_UNITS,
  MAX_SLOTS,
  places,
  placesOfRange,
  sameTally,
  select,
  selectionKey,
  slots,
  SoferError,
  TallyCounter,
  versionId,
  type AnsweredVersion,
  type Candidate,
  type ExcludedVersion,
  type LeafRange,
  type OddPlace,
  type Parcel,
  type Path,
  type Place,
  type Selection,
  type Settlement,
  type Shape,
  type TextAnswer,
  type TextUnit,
  type VersionMeta,
} from "@sofer/core";

/**
 * Places of all versions of an answer, of which some hundred bytes each are held. Real answers of the largest size have a
 * third of it; one made of empty strings has twenty times as many places for its bytes.
 */
const MAX_PLACES = 4 * MAX_SLOTS;

/**
 * Letters of one segment. The longest real one has 107,000; counting its tokens and cutting its chunks takes up to ten
 * microseconds for each, in which nothing else is written.
 */
const MAX_LETTERS = 1_000_000;

/** What one answer becomes. `winnerMissing`: under `best`, a side had candidates but none of them holds text here. */
export interface ParsedUnit {
  readonly parcels: readonly Parcel[];
  readonly settlement: Settlement;
  readonly winnerMissing: boolean;
}

interface Flattened extends Candidate {
  readonly meta: VersionMeta;
  readonly answered: AnsweredVersion;
  readonly places: readonly Place[];
}

/**
 * The parse stage: an answer's versions are flattened, selected, cut into parcels, and every string is accounted for.
 * Pure. @throws SoferError `not-conserved` when stored + left out is not what the raw bytes held.
 */
export function parseUnit(unit: TextUnit, answer: TextAnswer): ParsedUnit {
  let total = 0;
  const flattened = answer.versions.map((answered): Flattened => {
    const all = flatten(unit, answered);
    total += all.length;
    if (total > MAX_PLACES) throw tooMany(unit);
    let segments = 0;
    for (const place of all) if (place.kind === "text") segments++;
    return { meta: answered.meta, segments, answered, places: all };
  });
  const selection = effectiveSelection(unit);
  const { kept, excluded } = select(flattened, selection);
  const limitPath = firstPathBeyond(unit.shape, unit.limitSlots);
  const parcels = kept.flatMap((candidate) => parcelsOf(unit, candidate, limitPath, answer.sourceTag));
  const settlement: Settlement = {
    nodeId: unit.nodeId,
    range: unit.range,
    selection: selectionKey(unit.selection),
    limitSlots: limitPath === null ? null : unit.limitSlots,
    excluded: excluded.map(({ candidate, reason }): ExcludedVersion => ({
      language: candidate.meta.language,
      versionTitle: candidate.meta.versionTitle,
      license: candidate.meta.license,
      reason,
      raw: candidate.answered.raw,
    })),
    raw: addTallies(EMPTY_TALLY, ...answer.versions.map((version) => version.raw)),
  };
  const winnerMissing =
    unit.decidesBest &&
    unit.selection.policy.kind === "best" &&
    unit.versions !== "all" &&
    unit.selection.languages.some(
      (language) =>
        flattened.some((candidate) => candidate.meta.language === language) &&
        !kept.some((candidate) => candidate.meta.language === language),
    );
  return { parcels, settlement, winnerMissing };
}

function tooMany(unit: TextUnit): SoferError {
  return new SoferError("too-large", `${unit.leaf.title}: more than ${MAX_PLACES} places in one answer`);
}

/** A unit that cannot decide `best` alone keeps every candidate; the leaf is settled when it is whole. */
function effectiveSelection(unit: TextUnit): Selection {
  if (unit.selection.policy.kind !== "best" || unit.decidesBest) return unit.selection;
  return { ...unit.selection, policy: { kind: "all" } };
}

/** The part of a text unit that says which places an answer's arrays are. */
export type ParsedPlace = Pick<TextUnit, "nodeId" | "leaf" | "shape" | "range">;

/**
 * Every place that one version has.
 * @throws SoferError `wire-shape` for what no refs can be made of
 */
export function flatten(unit: ParsedPlace, answered: AnsweredVersion): Place[] {
  const { leaf, range } = unit;
  const { text } = answered;
  // A version that has nothing here is answered with an empty list or an empty string: no place, not a blank one.
  if (text === null || text === undefined || text === "" || (Array.isArray(text) && text.length === 0)) return [];
  const refuse = (what: string, cause?: unknown): never => {
    throw new SoferError("wire-shape", `${leaf.title} (${versionId(answered.meta)}): ${what}`, { cause });
  };
  const found: Place[] = [];
  try {
    const all = range === null ? places(text, leaf.depth) : placesOfRange(text, leaf.depth, range.from, range.to);
    for (const place of all) {
      if (found.length >= MAX_SLOTS) refuse(`more than ${MAX_SLOTS} places, blank ones counted`);
      if (place.text.length > MAX_LETTERS) refuse(`a segment of ${place.text.length} letters`);
      if (isNamed(leaf)) labelsOf(leaf, place.path);
      found.push(place);
    }
  } catch (error) {
    if (error instanceof RangeError) refuse(error.message, error);
    throw error;
  }
  return found;
}

/** Names instead of numbers: there are only so many of them. */
function isNamed({ addressTypes }: ParsedPlace["leaf"]): boolean {
  return addressTypes.includes("Aliyah");
}

/** First slot that `--limit` leaves out, or null when it leaves out none. */
export function firstPathBeyond(shape: Shape, limitSlots: number | null): Path | null {
  if (limitSlots === null) return null;
  let position = 0;
  for (const path of slots(shape)) if (position++ === limitSlots) return path;
  return null;
}

/** One version's parcels. @throws SoferError `not-conserved` */
export function parcelsOf(
  unit: ParsedPlace,
  candidate: Pick<Flattened, "meta" | "answered" | "places">,
  limitPath: Path | null,
  sourceTag: string,
): Parcel[] {
  const { meta, answered } = candidate;
  const limited = new TallyCounter();
  const kept: Place[] = [];
  const limitedPlaces: Place[] = [];
  for (const place of candidate.places) {
    if (limitPath !== null && comparePaths(place.path, limitPath) >= 0) {
      limitedPlaces.push(place);
      if (place.kind === "text") limited.add(place.text);
    } else kept.push(place);
  }
  const parcels = cut(kept, limitedPlaces, unit).map(({ range, inside, leftOut }): Parcel => {
    const stored = inside.filter((place) => place.kind === "text");
    const tally = new TallyCounter();
    for (const place of stored) tally.add(place.text);
    const odd: OddPlace[] = [];
    for (const { path, kind, irregular } of inside) {
      if (kind !== "text" || irregular !== null) odd.push({ path, kind, irregular });
    }
    return {
      nodeId: unit.nodeId,
      version: meta,
      range,
      paths: stored.map((place) => place.path),
      texts: stored.map((place) => place.text),
      counts: {
        places: inside.length + leftOut,
        stored: stored.length,
        blank: inside.filter((place) => place.kind === "blank").length,
        notText: inside.filter((place) => place.kind === "not-text").length,
        excluded: leftOut,
        irregular: stored.filter((place) => place.irregular !== null).length,
      },
      odd,
      tally: tally.tally(),
      sourceTag,
      state: limitPath === null ? "done" : "limited",
    };
  });
  const accounted = addTallies(limited.tally(), ...parcels.map((parcel) => parcel.tally));
  if (!sameTally(accounted, answered.raw)) {
    throw new SoferError(
      "not-conserved",
      `${unit.leaf.title} (${versionId(meta)}): the answer holds ${answered.raw.count} strings, ${accounted.count} were accounted for`,
      { url: sourceTag },
    );
  }
  return parcels;
}

interface Cut {
  readonly range: LeafRange | null;
  readonly inside: readonly Place[];
  readonly leftOut: number;
}

/**
 * One cut, or several of at most MAX_PARCEL_SEGMENTS and MAX_PARCEL_UNITS at boundaries of the range's own level (sections,
 * if it is whole). A section is not cut, however large.
 */
function cut(kept: readonly Place[], leftOut: readonly Place[], unit: ParsedPlace): Cut[] {
  if (kept.length === 0 && leftOut.length === 0) return [];
  const isSmall = kept.length <= MAX_PARCEL_SEGMENTS && unitsIn(kept, 0, kept.length) <= MAX_PARCEL_UNITS;
  if (isSmall) return [{ range: unit.range, inside: kept, leftOut: leftOut.length }];
  const level = unit.range === null ? 0 : unit.range.from.length - 1;
  const outer = unit.range === null ? [] : unit.range.from.slice(0, -1);
  const end = lastIndex(unit, kept, level);
  const cuts: Cut[] = [];
  let from = unit.range?.from.at(-1) ?? 0;
  let inside: Place[] = [];
  let units = 0;
  for (let at = 0; at < kept.length;) {
    const index = kept[at]?.path[level] ?? 0;
    let next = at;
    while (next < kept.length && (kept[next]?.path[level] ?? 0) === index) next++;
    const more = unitsIn(kept, at, next);
    const isFull = inside.length + (next - at) > MAX_PARCEL_SEGMENTS || units + more > MAX_PARCEL_UNITS;
    if (inside.length > 0 && isFull) {
      cuts.push({ range: { from: [...outer, from], to: [...outer, index - 1] }, inside, leftOut: 0 });
      from = index;
      inside = [];
      units = 0;
    }
    units += more;
    for (; at < next; at++) {
      const place = kept[at];
      if (place !== undefined) inside.push(place);
    }
  }
  cuts.push({
    range: { from: [...outer, from], to: [...outer, Math.max(from, end)] },
    inside,
    leftOut: leftOut.length,
  });
  return cuts;
}

function unitsIn(places: readonly Place[], from: number, to: number): number {
  let units = 0;
  for (let at = from; at < to; at++) {
    const place = places[at];
    if (place?.kind === "text") units += place.text.length;
  }
  return units;
}

function lastIndex(unit: ParsedPlace, kept: readonly Place[], level: number): number {
  if (unit.range !== null) return unit.range.to.at(-1) ?? 0;
  const promised = typeof unit.shape === "number" ? unit.shape : unit.shape.length;
  return Math.max(promised - 1, kept.at(-1)?.path[level] ?? 0);
}
