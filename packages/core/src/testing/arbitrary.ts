import * as fc from "fast-check";
import { ADDRESS_TYPES, type AddressType } from "../address.ts";
import type { BookTree, IndexOffsets, Leaf, Path } from "../schema-tree.ts";

/** Leaves of any address types, depth and offsets, with paths inside them. For property tests of ref arithmetic. */
export interface LeafAndPath {
  readonly leaf: Leaf;
  readonly path: Path;
}

/** Below this, aliyot have names; other types have no bound. */
const ALIYAH_COUNT = 7;
const LARGEST_INDEX = 1100;

export function leafOf(fields: Partial<Leaf> & Pick<Leaf, "addressTypes">): Leaf {
  return {
    title: "Generated Book",
    heTitle: "ספר לדוגמה",
    keys: [],
    order: 0,
    depth: fields.addressTypes.length,
    sectionNames: fields.addressTypes.map(() => "Section"),
    heSectionNames: fields.addressTypes.map(() => "חלק"),
    offsets: null,
    isDefault: false,
    ...fields,
  };
}

export function treeOf(...leaves: Leaf[]): BookTree {
  const first = leaves[0];
  return {
    title: first?.title ?? "",
    heTitle: first?.heTitle ?? "",
    isComplex: leaves.length > 1,
    leaves,
    virtualNodes: [],
  };
}

/** @param types address types to draw from. */
export function leafAndPath(types: readonly AddressType[] = ADDRESS_TYPES): fc.Arbitrary<LeafAndPath> {
  return fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 4 }).chain((addressTypes) =>
    fc
      .record({
        path: fc.tuple(...addressTypes.map((type) => fc.nat(type === "Aliyah" ? ALIYAH_COUNT - 1 : LARGEST_INDEX))),
        length: fc.integer({ min: 1, max: addressTypes.length }),
        offsets: fc.option(fc.array(fc.nat(500), { minLength: addressTypes.length, maxLength: addressTypes.length })),
      })
      .map(({ path, length, offsets }) => ({
        leaf: leafOf({
          addressTypes,
          offsets: offsets === null ? null : publishedOffsets(offsets, addressTypes, path),
        }),
        path: path.slice(0, length),
      })),
  );
}

/** Offsets by level as the publisher nests them: lists by the outer positions, filled as far as `path` needs. */
function publishedOffsets(byLevel: readonly number[], types: readonly AddressType[], path: Path): IndexOffsets {
  const offsets: Record<string, unknown> = {};
  for (const [level, amount] of byLevel.entries()) {
    let value: unknown = types[level] === "Aliyah" ? 0 : amount;
    for (let outer = level - 1; outer >= 0; outer--) {
      const list: unknown[] = [];
      list[path[outer] ?? 0] = value;
      value = Array.from(list, (entry) => entry ?? 0);
    }
    offsets[String(level + 1)] = value;
  }
  return offsets;
}
