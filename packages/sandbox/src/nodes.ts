import { isAddressType, type AddressType, type Leaf } from "@sofer/core";
import type { SchemaRecord } from "./library.ts";

/** A vertex of a book's schema as the sandbox walks it. */
export interface BookNode {
  /** Full title: primary titles from the root joined by ", ". A default node has its parent's. */
  readonly title: string;
  readonly heTitle: string;
  /** Every full title the node answers to. */
  readonly names: readonly string[];
  readonly heNames: readonly string[];
  readonly schema: SchemaRecord;
  readonly children: readonly BookNode[];
  readonly defaultChild: BookNode | null;
  /** Set when the node holds text of its own. */
  readonly leaf: Leaf | null;
  readonly isVirtual: boolean;
}

interface Above {
  readonly title: string;
  readonly heTitle: string;
  readonly keys: readonly string[];
}

/** Builds the tree; leaves are numbered in reading order. A node that has nodes is a branch, whatever its type says. */
export function buildNodes(root: SchemaRecord): BookNode {
  let order = 0;
  const build = (schema: SchemaRecord, above: Above | null): BookNode => {
    const own = primaryTitle(schema, "en") ?? schema.title ?? "";
    const heOwn = primaryTitle(schema, "he") ?? schema.heTitle ?? "";
    const isDefault = schema.default === true && above !== null;
    const title = isDefault ? above.title : join(above?.title, own);
    const heTitle = isDefault ? above.heTitle : join(above?.heTitle, heOwn);
    const keys = above === null ? [] : [...above.keys, isDefault ? "" : own];
    const isVirtual = schema.nodeType === "DictionaryNode" || schema.nodeType === "DictionaryEntryNode";
    const isBranch = schema.nodes !== undefined;
    const leaf: Leaf | null =
      isBranch || isVirtual ? null : makeLeaf(schema, { title, heTitle, keys }, isDefault, order++);
    const children = (schema.nodes ?? []).map((child) => build(child, { title, heTitle, keys }));
    return {
      title,
      heTitle,
      names: isDefault ? [] : unique([title, ...titlesOf(schema, "en").map((text) => join(above?.title, text))]),
      heNames: isDefault ? [] : unique([heTitle, ...titlesOf(schema, "he").map((text) => join(above?.heTitle, text))]),
      schema,
      children,
      defaultChild: children.find((child) => child.schema.default === true) ?? null,
      leaf,
      isVirtual,
    };
  };
  return build(root, null);
}

function makeLeaf(schema: SchemaRecord, at: Above, isDefault: boolean, order: number): Leaf {
  const depth = schema.depth ?? 1;
  const addressTypes = Array.from({ length: depth }, (_, level): AddressType => {
    const name = schema.addressTypes?.[level] ?? "Integer";
    return isAddressType(name) ? name : "Integer";
  });
  return {
    ...at,
    order,
    depth,
    addressTypes,
    sectionNames: schema.sectionNames ?? [],
    heSectionNames: schema.heSectionNames ?? [],
    offsets: schema.index_offsets_by_depth ?? null,
    isDefault,
  };
}

/** Every node of the tree, parents first. */
export function* walkNodes(node: BookNode): Generator<BookNode> {
  yield node;
  for (const child of node.children) yield* walkNodes(child);
}

export function titlesOf(schema: SchemaRecord, language: string): string[] {
  return (schema.titles ?? []).filter((title) => title.lang === language).map((title) => title.text);
}

export function primaryTitle(schema: SchemaRecord, language: string): string | undefined {
  return schema.titles?.find((title) => title.lang === language && title.primary === true)?.text;
}

function join(above: string | undefined, own: string): string {
  return above === undefined ? own : `${above}, ${own}`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ""))];
}
