import type { Database } from "bun:sqlite";
import { versionsOfTextUnit, type Settlement } from "@sofer/core";

/**
 * A leaf that is settled as a whole has no failures of its parts any more, however they were cut: a run that was killed,
 * or a split that is not needed now, leaves units that nobody will ever do again. Where only named versions were settled,
 * failures of others stay.
 */
export function healLeaf(database: Database, { nodeId, range, limitSlots, selection }: Settlement): void {
  if (range !== null || limitSlots !== null) return;
  const leaf = database.query<{ title: string }, [number]>("SELECT title FROM node WHERE id = ?").get(nodeId);
  if (leaf === null) return;
  const [policy] = JSON.parse(selection) as [unknown];
  // versionId()s; a title may be in two languages.
  const titles = Array.isArray(policy) ? policy.map((id) => String(id).slice(String(id).indexOf("|") + 1)) : null;
  const failed = database
    .query<{ unitId: string }, []>("SELECT unit_id AS unitId FROM failure WHERE unit_id LIKE 'text:%'")
    .all();
  const remove = database.query("DELETE FROM failure WHERE unit_id = ?");
  for (const { unitId } of failed) {
    const asked = versionsOfTextUnit(unitId, leaf.title);
    if (asked === null) continue;
    const isCovered = titles === null || (asked !== "all" && asked.every((title) => titles.includes(title)));
    if (isCovered) remove.run(unitId);
  }
}
