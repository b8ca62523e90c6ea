import { SoferError, addressType, type AddressType, type BookTree, type Leaf } from "@sofer/core";
import { checkSchemaNode, type SchemaNode } from "../wire/index-record.ts";

/** The longest real full title has some two hundred letters. A request's address must hold it. */
const MAX_TITLE = 2_000;
/** Letters of a title that is none which a message shows. */
const SHOWN_LETTERS = 60;
/** The largest real offsets are of paragraphs counted through a whole work, some thousands. */
const MAX_OFFSET = 1_000_000;

/** A leaf beside the wire node it was made of, which may carry its counts. */
export interface ParsedLeaf {
  readonly leaf: Leaf;
  readonly node: SchemaNode;
}

export interface ParsedSchema {
  readonly tree: BookTree;
  readonly leaves: readonly ParsedLeaf[];
  /** Other English names of nodes below the root, by full title. */
  readonly nodeTitles: Readonly<Record<string, readonly string[]>>;
}

/**
 * The publisher's schema as our tree. A node's full title is the primary titles from the root joined by ", "; a default
 * node adds nothing (sefaria-api, section 1). A node without children and without a depth holds no stored text.
 * @throws SoferError `virtual-node` when no leaf holds text, `unknown-address-type`, `ambiguous-title`, `wire-shape`
 */
export function parseSchema(title: string, heTitle: string, schema: unknown): ParsedSchema {
  const root = checkSchemaNode(schema);
  const leaves: ParsedLeaf[] = [];
  const virtualNodes: string[] = [];
  const nodeTitles = new Map<string, readonly string[]>();

  const visit = (node: SchemaNode, titles: readonly string[], heTitles: readonly string[], keys: readonly string[]) => {
    if (node.nodes !== undefined) {
      for (const value of node.nodes) {
        const child = checkSchemaNode(value);
        const name = child.default === true ? "" : nodeTitle(child, titles.join(", "));
        const heName = child.default === true ? "" : primaryTitle(child, "he");
        const otherNames = (child.titles ?? []).filter(({ text, lang }) => lang === "en" && text !== name);
        if (name !== "" && otherNames.length > 0)
          nodeTitles.set(
            [...titles, name].join(", "),
            otherNames.map(({ text }) => text),
          );
        visit(child, name === "" ? titles : [...titles, name], heName === "" ? heTitles : [...heTitles, heName], [
          ...keys,
          name,
        ]);
      }
      return;
    }
    if (node.depth === undefined || isVirtual(node)) {
      virtualNodes.push(titles.join(", "));
      return;
    }
    const fullTitle = titles.join(", ");
    requireTitle(fullTitle);
    requireOffsets(node, fullTitle);
    const leaf: Leaf = {
      title: fullTitle,
      heTitle: heTitles.join(", "),
      keys,
      order: leaves.length,
      depth: node.depth,
      addressTypes: addressTypesOf(node, node.depth, fullTitle),
      sectionNames: node.sectionNames ?? [],
      heSectionNames: node.heSectionNames ?? [],
      offsets: node.index_offsets_by_depth ?? null,
      isDefault: node.default === true,
    };
    leaves.push({ leaf, node });
  };
  visit(root, [title], [heTitle], []);

  if (leaves.length === 0) throw noText(title, virtualNodes);
  refuseTwins(leaves);
  const isComplex = root.nodes !== undefined;
  return {
    tree: { title, heTitle, isComplex, leaves: leaves.map(({ leaf }) => leaf), virtualNodes },
    leaves,
    nodeTitles: Object.fromEntries(nodeTitles),
  };
}

/** The primary title of a node in one language, "" when it has none. */
export function primaryTitle(node: SchemaNode, language: "en" | "he"): string {
  const direct = language === "en" ? node.title : node.heTitle;
  if (typeof direct === "string" && direct !== "") return direct;
  return node.titles?.find((entry) => entry.lang === language && entry.primary === true)?.text ?? "";
}

function nodeTitle(node: SchemaNode, parent: string): string {
  const name = primaryTitle(node, "en");
  if (name !== "") return name;
  // Not guessed from its key: a wrong title would ask for, and store, another place's text.
  throw new SoferError("wire-shape", `a node under "${parent}" has no English title`);
}

/** Titles are keys of what is passed on (`constructor` is none), and parts of addresses and refs. */
function requireTitle(title: string): void {
  if (title in {} || title.length > MAX_TITLE)
    throw new SoferError("wire-shape", `a book or a part of it cannot be called "${title.slice(0, SHOWN_LETTERS)}"`, {
      hint: "the record is wrong at the publisher: try again in a day",
    });
}

/** An offset moves the numbers of a text; one that makes no section numbers of them would make no refs. */
function requireOffsets(node: SchemaNode, title: string): void {
  const isRight = (value: unknown): boolean =>
    Array.isArray(value)
      ? value.every(isRight)
      : value === null || (Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MAX_OFFSET);
  const offsets: unknown[] = Object.values(node.index_offsets_by_depth ?? {});
  if (offsets.every(isRight)) return;
  throw new SoferError("wire-shape", `"${title}": its index_offsets_by_depth make no section numbers`, {
    hint: "the record is wrong at the publisher: try again in a day",
  });
}

function isVirtual(node: SchemaNode): boolean {
  return /dictionary|virtual|sheet/i.test(node.nodeType ?? "");
}

function addressTypesOf(node: SchemaNode, depth: number, title: string): AddressType[] {
  return Array.from({ length: depth }, (_, level) => {
    const name = node.addressTypes?.[level];
    if (name === undefined) return "Integer";
    try {
      return addressType(name);
    } catch (cause) {
      throw new SoferError("unknown-address-type", `"${title}": address type "${name}" is not known`, {
        hint: "this book needs a newer version of sofer",
        cause,
      });
    }
  });
}

function noText(title: string, virtualNodes: readonly string[]): SoferError {
  const names = virtualNodes.filter((name) => name !== title);
  const what = names.length === 0 ? "is a dictionary" : `has only virtual nodes (${names.join("; ")})`;
  return new SoferError("virtual-node", `"${title}" ${what}, which holds no stored text`, {
    hint: "dictionaries have no bulk form at the publisher",
  });
}

function refuseTwins(leaves: readonly ParsedLeaf[]): void {
  const seen = new Set<string>();
  for (const { leaf } of leaves) {
    if (seen.has(leaf.title)) {
      throw new SoferError("ambiguous-title", `two texts of one book have the title "${leaf.title}"`);
    }
    seen.add(leaf.title);
  }
}
