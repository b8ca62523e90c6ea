import type { Changes } from "@sofer/core";

/** Texts of one version: place -> hash of the text, both as strings. */
export type PlacedTexts = ReadonlyMap<string, string>;

/** What became of one version's texts, place by place. */
export interface ComparedTexts extends Changes {
  /** Places whose text is nowhere in the version any more, and which hold no other now. */
  readonly removedPlaces: readonly string[];
}

/**
 * Each text is in one class. The same text at the same place is unchanged. Of what is left, a text that was at one
 * place and is at another has moved (a line inserted before it, a chapter renumbered). Of what is left then, a place
 * that had a text and has another is changed; the rest is added or removed.
 */
export function compareTexts(before: PlacedTexts, after: PlacedTexts): ComparedTexts {
  const left = new Map<string, string>();
  const leftOfHash = new Map<string, string[]>();
  for (const [place, hash] of before) {
    if (after.get(place) === hash) continue;
    left.set(place, hash);
    const places = leftOfHash.get(hash);
    if (places === undefined) leftOfHash.set(hash, [place]);
    else places.push(place);
  }
  let moved = 0;
  const fresh: string[] = [];
  for (const [place, hash] of after) {
    if (before.get(place) === hash) continue;
    const from = leftOfHash.get(hash)?.shift();
    if (from === undefined) fresh.push(place);
    else {
      left.delete(from);
      moved++;
    }
  }
  let changed = 0;
  for (const place of fresh) if (left.delete(place)) changed++;
  return { added: fresh.length - changed, changed, moved, removed: left.size, removedPlaces: [...left.keys()] };
}

export function addChanges(a: Changes, b: Changes): Changes {
  return {
    added: a.added + b.added,
    changed: a.changed + b.changed,
    moved: a.moved + b.moved,
    removed: a.removed + b.removed,
  };
}
