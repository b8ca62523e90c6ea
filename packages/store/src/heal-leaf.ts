import { eq, like } from "drizzle-orm";
import { versionsOfTextUnit, type Settlement } from "@sofer/core";
import type { Drizzle } from "./drizzle.ts";
import { failure, node } from "./schema.ts";

/**
 * A leaf that is settled as a whole has no failures of its parts any more, however they were cut: a run that was killed,
 * or a split that is not needed now, leaves units that nobody will ever do again. Where only named versions were settled,
 * failures of others stay.
 */
export function healLeaf(drizzle: Drizzle, { nodeId, range, limitSlots, selection }: Settlement): void {
  if (range !== null || limitSlots !== null) return;
  const leaf = drizzle.select({ title: node.title }).from(node).where(eq(node.id, nodeId)).get();
  if (leaf === undefined) return;
  const [policy] = JSON.parse(selection) as [unknown];
  // versionId()s; a title may be in two languages.
  const titles = Array.isArray(policy) ? policy.map((id) => String(id).slice(String(id).indexOf("|") + 1)) : null;
  const failed = drizzle.select({ unitId: failure.unitId }).from(failure).where(like(failure.unitId, "text:%")).all();
  for (const { unitId } of failed) {
    const asked = versionsOfTextUnit(unitId, leaf.title);
    if (asked === null) continue;
    const isCovered = titles === null || (asked !== "all" && asked.every((title) => titles.includes(title)));
    if (isCovered) drizzle.delete(failure).where(eq(failure.unitId, unitId)).run();
  }
}
