import type { Leaf } from "@sofer/core";

/** A leaf as short as a test can say it. */
export function leafOf(fields: Partial<Leaf> & Pick<Leaf, "title" | "addressTypes">): Leaf {
  return {
    heTitle: "ספר",
    keys: [],
    order: 0,
    depth: fields.addressTypes.length,
    sectionNames: [],
    heSectionNames: [],
    offsets: null,
    isDefault: false,
    ...fields,
  };
}
