import {
  EMPTY_TALLY,
  sameTally,
  SoferError,
  versionId,
  type Language,
  type Leaf,
  type Tally,
  type VersionFile,
  type VersionMeta,
} from "@sofer/core";
import { keyPath, sumOf, tallyVersionFile, type FileTally } from "../conservation-file.ts";
import { checkVersionFile } from "../wire/version-file.ts";
import { parseVersionMeta } from "./version-meta.ts";

/** Where a version file was downloaded from, for messages and checks. */
export interface FileOrigin {
  readonly name: string;
  readonly url: string;
  /** Side of the folder it lay in; null when the name does not say. */
  readonly language: Language | null;
}

/** A version file as it was downloaded: its text, and the same parsed. */
export interface FileContent {
  readonly body: string;
  readonly json: unknown;
}

/** Names of nodes that a message lists. */
const SHOWN = 3;

/**
 * A version file as its metadata and the text of each leaf. Every string of the raw file stands under exactly one leaf.
 * A leaf that the file says nothing of is left out.
 * @throws SoferError `wrong-ref` for another book's or side's file, `not-conserved` for text that no leaf has,
 * `wire-shape`
 */
export function parseVersionFile(
  { body, json }: FileContent,
  leaves: readonly Leaf[],
  origin: FileOrigin,
): Pick<VersionFile, "meta" | "leaves"> {
  const { url } = origin;
  const wire = checkVersionFile(json, url);
  const title = bookTitleOf(leaves);
  if (title !== null && wire.title !== title) throw wrongFile(origin, `"${title}"`, `"${wire.title}"`);
  if (origin.language !== null && wire.language !== origin.language) {
    throw wrongFile(origin, `the side "${origin.language}"`, `"${wire.language}"`);
  }
  const { schema: _schema, sectionNames: _sectionNames, ...record } = wire as typeof wire & Record<string, unknown>;
  const meta = parseVersionMeta(record, url);
  const raw = tallyVersionFile(body);
  const found: Record<string, { text: unknown; raw: Tally }> = {};
  for (const leaf of leaves) {
    const text = textAt(wire.text, leaf.keys);
    if (text !== undefined) found[leaf.title] = { text, raw: raw.nodes.get(keyPath(leaf.keys)) ?? EMPTY_TALLY };
  }
  checkConserved(found, raw, leaves, meta, origin);
  return { meta, leaves: found };
}

/** The text under a leaf's keys; undefined when the file does not have the node. */
function textAt(text: unknown, keys: readonly string[]): unknown {
  let here = text;
  for (const key of keys) {
    if (typeof here !== "object" || here === null || Array.isArray(here) || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

/** All strings of the file are those of its leaves: a node that no leaf is, and a tree that is a list, are named. */
function checkConserved(
  found: VersionFile["leaves"],
  raw: FileTally,
  leaves: readonly Leaf[],
  meta: VersionMeta,
  origin: FileOrigin,
): void {
  const claimed = Object.values(found).map((leaf) => leaf.raw);
  if (sameTally(sumOf(claimed), raw.whole)) return;
  const known = new Set(leaves.filter((leaf) => leaf.title in found).map((leaf) => keyPath(leaf.keys)));
  const strays = [...raw.nodes].filter(([path, tally]) => tally.count > 0 && !known.has(path));
  const names = strays.slice(0, SHOWN).map(([path, { count }]) => `${nodeName(path)} (${count})`);
  const more = strays.length > SHOWN ? ` and ${strays.length - SHOWN} more` : "";
  const where = names.length === 0 ? "the counts differ" : `no text of the schema is ${names.join(", ")}${more}`;
  throw new SoferError(
    "not-conserved",
    `${origin.name} (${versionId(meta)}) holds ${raw.whole.count} segments, its schema has places for ` +
      `${sumOf(claimed).count}: ${where}`,
    { url: origin.url, hint: "schema and texts may be of different days: try again when the export is done" },
  );
}

function nodeName(path: string): string {
  const keys = JSON.parse(path) as string[];
  return keys.length === 0 ? "the whole text" : `"${keys.join(", ")}"`;
}

/** The book's own title: that of a leaf, without the titles of the nodes on the way to it. */
function bookTitleOf(leaves: readonly Leaf[]): string | null {
  const [leaf] = leaves;
  if (leaf === undefined) return null;
  const below = leaf.keys.filter((key) => key !== "").map((key) => `, ${key}`);
  return leaf.title.slice(0, leaf.title.length - below.join("").length);
}

function wrongFile(origin: FileOrigin, asked: string, got: string): SoferError {
  return new SoferError("wrong-ref", `${origin.name} should be of ${asked}, it says ${got}`, { url: origin.url });
}
