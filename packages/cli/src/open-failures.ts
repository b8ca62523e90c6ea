import type { FailureRow } from "@sofer/store";

/**
 * Failures that something can be done about. A dictionary holds no stored text and never will: it is named, but a
 * category that brings one along is whole without it.
 */
export function openFailures(rows: readonly FailureRow[]): FailureRow[] {
  return rows.filter((row) => row.code !== "virtual-node");
}
