import {
  addTallies,
  EMPTY_TALLY,
  select,
  selectionKey,
  shapeOf,
  slotCount,
  SoferError,
  unionShape,
  versionId,
  type AnsweredVersion,
  type BookSettlement,
  type BookUnit,
  type Candidate,
  type FileFacts,
  type FileLeafFacts,
  type Leaf,
  type ListedObject,
  type Parcel,
  type Shape,
  type VersionFile,
} from "@sofer/core";
import { firstPathBeyond, flatten, parcelsOf } from "./parse.ts";

export interface BookEnds {
  /** Downloads one version file. */
  readonly download: (object: ListedObject, leaves: readonly Leaf[]) => Promise<VersionFile>;
  /** Takes parcels; resolves when there is room for more. */
  readonly send: (parcels: readonly Parcel[]) => Promise<void>;
}

interface HeldText extends AnsweredVersion {
  readonly sourceTag: string;
}

interface LeafCandidate extends Candidate {
  readonly file: FileFacts;
  readonly facts: FileLeafFacts;
}

type UnitLeaf = BookUnit["leaves"][number];

/**
 * The stage of a book unit: files are downloaded one after another, and every leaf of every version is kept, left out
 * with the reason, or (by earlier downloads) stored already. Where the selection can be decided file by file, a file's
 * rows are sent on and forgotten; `best` and a limit need all files first, and then only texts that may still win are
 * kept in memory.
 */
export async function bringBook(unit: BookUnit, ends: BookEnds): Promise<BookSettlement> {
  const book = new BookInHand(unit);
  const leaves = unit.leaves.map(({ leaf }) => leaf);
  const fresh: FileFacts[] = [];
  for (const object of unit.objects) {
    const file = await ends.download(object, leaves);
    fresh.push(book.add(file, object));
    if (book.decidesEarly) await sendAll(book.takeKept(), ends);
    else book.forgetLosers();
  }
  const lacking = book.lacking();
  await sendAll(book.takeKept(), ends);
  // Unchanged files whose text was not wanted before, and is now.
  for (const { object } of lacking) {
    book.again(await ends.download(object, leaves));
    await sendAll(book.takeKept(), ends);
  }
  return { leaves: unit.leaves.map((leaf) => book.settle(leaf)), files: fresh };
}

async function sendAll(parcels: Iterable<readonly Parcel[]>, ends: BookEnds): Promise<void> {
  for (const some of parcels) await ends.send(some);
}

class BookInHand {
  readonly #unit: BookUnit;
  readonly #files: FileFacts[];
  /** By leaf title, then version. */
  readonly #texts = new Map<string, Map<string, HeldText>>();
  /** True: what is kept of a file depends on no other file. */
  readonly decidesEarly: boolean;

  constructor(unit: BookUnit) {
    this.#unit = unit;
    this.#files = [...unit.known];
    this.decidesEarly = unit.selection.policy.kind !== "best" && unit.limitSlots === null;
  }

  add(file: VersionFile, object: ListedObject): FileFacts {
    const { language, versionTitle, license, priority } = file.meta;
    const id = versionId(file.meta);
    const twin = this.#files.find((one) => versionId(one.meta) === id);
    if (twin !== undefined) {
      throw new SoferError("wire-shape", `${object.name} and ${twin.object.name} both say that they are ${id}`);
    }
    const leaves: Record<string, FileLeafFacts> = {};
    for (const { leaf } of this.#unit.leaves) {
      const part = file.leaves[leaf.title];
      if (part === undefined || isNothing(part.text)) continue;
      leaves[leaf.title] = { raw: part.raw, shape: shapeOf(part.text, leaf.depth) };
    }
    const facts: FileFacts = { object, meta: { language, versionTitle, license, priority }, leaves };
    this.#files.push(facts);
    this.again(file);
    return facts;
  }

  /** The texts of a file whose facts are known. */
  again(file: VersionFile): void {
    for (const { leaf } of this.#unit.leaves) {
      const part = file.leaves[leaf.title];
      if (part === undefined || isNothing(part.text)) continue;
      let texts = this.#texts.get(leaf.title);
      if (texts === undefined) this.#texts.set(leaf.title, (texts = new Map<string, HeldText>()));
      texts.set(versionId(file.meta), { meta: file.meta, sourceTag: file.sourceTag, ...part });
    }
  }

  forgetLosers(): void {
    for (const { leaf } of this.#unit.leaves) {
      const kept = new Set(this.#decide(leaf).kept);
      const texts = this.#texts.get(leaf.title);
      for (const id of texts?.keys() ?? []) if (!kept.has(id)) texts?.delete(id);
    }
  }

  /** Parcels of the texts in hand that are kept, leaf by leaf; texts are forgotten as they go. */
  *takeKept(): Generator<readonly Parcel[]> {
    const limits = this.#limits();
    for (const { nodeId, leaf } of this.#unit.leaves) {
      const texts = this.#texts.get(leaf.title);
      if (texts === undefined) continue;
      this.#texts.delete(leaf.title);
      const shape = this.#shape(leaf);
      const kept = new Set(this.#decide(leaf).kept);
      const limitPath = firstPathBeyond(shape, limits.get(leaf.title) ?? null);
      for (const [id, answered] of texts) {
        if (!kept.has(id)) continue;
        const place = { nodeId, leaf, shape, range: null };
        const candidate = { meta: answered.meta, answered, places: flatten(place, answered) };
        yield parcelsOf(place, candidate, limitPath, answered.sourceTag);
      }
    }
  }

  /** Files whose text is wanted now, and is neither in hand nor in the library. */
  lacking(): FileFacts[] {
    const files = new Set<FileFacts>();
    for (const { leaf } of this.#unit.leaves) {
      const stored = this.#unit.stored[leaf.title] ?? [];
      const winners = new Set(select(this.#candidates(leaf), this.#unit.selection).kept);
      for (const { file, facts } of winners) {
        const id = versionId(file.meta);
        const hasPlaces = facts.raw.count > 0 || slotCount(facts.shape) > 0;
        if (hasPlaces && this.#unit.known.includes(file) && !stored.includes(id)) files.add(file);
      }
    }
    return [...files];
  }

  settle({ nodeId, leaf }: UnitLeaf): BookSettlement["leaves"][number] {
    const { kept, excluded } = this.#decide(leaf);
    const shape = this.#shape(leaf);
    const limitSlots = this.#limits().get(leaf.title) ?? null;
    return {
      nodeId,
      range: null,
      selection: selectionKey(this.#unit.selection),
      limitSlots: firstPathBeyond(shape, limitSlots) === null ? null : limitSlots,
      excluded: excluded.map(({ candidate, reason }) => ({
        language: candidate.meta.language,
        versionTitle: candidate.meta.versionTitle,
        license: candidate.meta.license,
        reason,
        raw: candidate.facts.raw,
      })),
      raw: addTallies(EMPTY_TALLY, ...this.#candidates(leaf).map(({ facts }) => facts.raw)),
      shape,
      kept,
    };
  }

  #candidates({ title }: Leaf): LeafCandidate[] {
    return this.#files.flatMap((file) => {
      const facts = file.leaves[title];
      return facts === undefined ? [] : [{ meta: file.meta, segments: facts.raw.count, file, facts }];
    });
  }

  /** What the selection keeps, and what the library keeps of other selections unless its licence forbids it now. */
  #decide(leaf: Leaf) {
    const { selection, retained } = this.#unit;
    const { kept, excluded } = select(this.#candidates(leaf), selection);
    const isForbidden = (id: string) =>
      selection.licenses === null &&
      excluded.some(({ candidate, reason }) => reason === "licence" && versionId(candidate.meta) === id);
    const others = (retained[leaf.title] ?? []).filter((id) => !isForbidden(id));
    return {
      kept: [...new Set([...kept.map(({ meta }) => versionId(meta)), ...others])],
      excluded: excluded.filter(({ candidate }) => !others.includes(versionId(candidate.meta))),
    };
  }

  #shape(leaf: Leaf): Shape {
    const none: Shape = leaf.depth <= 1 ? 0 : [];
    return this.#candidates(leaf).reduce((union, { facts }) => unionShape(union, facts.shape), none);
  }

  /** By leaf title, the slots of it that are within the book's limit; leaves wholly within are left out. */
  #limits(): Map<string, number> {
    const limits = new Map<string, number>();
    if (this.#unit.limitSlots === null) return limits;
    let left = this.#unit.limitSlots;
    for (const { leaf } of this.#unit.leaves) {
      const promised = slotCount(this.#shape(leaf));
      if (promised > left) limits.set(leaf.title, left);
      left = Math.max(0, left - promised);
    }
    return limits;
  }
}

/** A version that has nothing in a leaf: no place, not a blank one. */
function isNothing(text: unknown): boolean {
  return text === null || text === undefined || text === "" || (Array.isArray(text) && text.length === 0);
}
