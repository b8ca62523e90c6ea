import type { Leaf } from "@sofer/core";
import type { BookContent, SandboxVersion } from "../library.ts";
import { buildNodes, walkNodes } from "../nodes.ts";
import { isObject } from "../opened-book.ts";
import { EditError, type SegmentPlace, type TextEdit, type VersionPlace } from "./edit.ts";

export type SegmentEdit = Extract<TextEdit, { kind: "change" | "insert" | "delete" }>;

/** The book with one segment edited; nothing of the old content is changed. */
export function editSegment(content: BookContent, edit: SegmentEdit): BookContent {
  const leaf = leafOf(content, edit);
  const wanted = versionAt(content, edit);
  const text = atKeys(wanted.text, leaf.keys, (array) => atPath(array, edit.path, edit));
  return {
    ...content,
    versions: content.versions.map((version) => (version === wanted ? { ...wanted, text } : version)),
  };
}

export function versionAt(content: BookContent, { title, language, versionTitle }: VersionPlace): SandboxVersion {
  const found = content.versions.find(({ meta }) => meta.language === language && meta.versionTitle === versionTitle);
  if (found === undefined) throw new EditError(`"${title}" has no version ${language}|${versionTitle}`);
  return found;
}

function leafOf(content: BookContent, { title, node = title }: SegmentPlace): Leaf {
  for (const { leaf } of walkNodes(buildNodes(content.schema))) if (leaf?.title === node) return leaf;
  throw new EditError(`"${title}" has no text of its own under "${node}"`);
}

/** A copy of a version's text with the array of one leaf made anew. */
function atKeys(text: unknown, keys: readonly string[], make: (array: unknown) => unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return make(text);
  const nodes = isObject(text) ? text : {};
  return { ...nodes, [key]: atKeys(nodes[key], rest, make) };
}

function atPath(array: unknown, path: readonly number[], edit: SegmentEdit): unknown {
  const [index, ...rest] = path;
  const list: readonly unknown[] = Array.isArray(array) ? array : [];
  const isSegment = rest.length === 0;
  const isNew = edit.kind === "insert" && isSegment;
  if (index === undefined || index < 0 || index > list.length - (isNew ? 0 : 1)) {
    throw new EditError(`"${edit.title}" has nothing at [${edit.path.join()}] in ${edit.versionTitle}`);
  }
  if (!isSegment) return list.with(index, atPath(list[index], rest, edit));
  if (edit.kind === "change") return list.with(index, edit.text);
  return list.toSpliced(index, edit.kind === "delete" ? 1 : 0, ...(edit.kind === "insert" ? [edit.text] : []));
}
