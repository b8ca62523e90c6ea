import type { FailureRow, Library, LinkAccount } from "@sofer/store";
import { failedPlace } from "./receipt.ts";
import { renderLinkAccount, renderLinkTypes } from "./links.ts";
import { count, counted, duration, moment, table } from "./table.ts";

interface StatusView {
  readonly path: string;
  readonly counts: ReturnType<Library["counts"]>;
  /** null: no links were ever brought in. */
  readonly links: LinkAccount | null;
  readonly sinks: ReturnType<Library["sinks"]>;
  readonly runs: readonly Pick<ReturnType<Library["runs"]>[number], "id" | "startedAt" | "endedAt" | "outcome">[];
  readonly failures: readonly FailureRow[];
  /** Dictionaries, which hold no stored text. */
  readonly refused: number;
}

export function renderStatus(view: StatusView): string {
  const { counts } = view;
  const lines = [
    `library  ${view.path}`,
    `holds    ${count(counts.books)} books, ${count(counts.versions)} versions, ${count(counts.segments)} segments, ${count(counts.texts)} texts, ${count(counts.chunks)} chunks`,
    `search   ${count(counts.indexed)} of ${count(counts.texts)} texts are indexed`,
    ...view.sinks.map((sink) => `sink     ${sink.name}: ${counted(sink.chunks, "chunk")} acknowledged`),
    ...(view.links === null ? [] : [renderLinkAccount(view.links), "", renderLinkTypes(view.links)]),
    "",
  ];
  const rows = view.runs.map((run) => [
    String(run.id),
    moment(run.startedAt),
    run.endedAt === null ? "" : duration((run.endedAt - run.startedAt) / 1000),
    run.outcome ?? "not ended (running, or killed)",
  ]);
  lines.push(rows.length === 0 ? "no runs yet" : table(["run", "started", "took", "outcome"], rows), "");
  lines.push(
    view.failures.length === 0
      ? "no failures"
      : `${counted(view.failures.length, "failure")} (sofer status --failures, sofer retry)`,
  );
  if (view.refused > 0)
    lines.push(`${counted(view.refused, "dictionary was", "dictionaries were")} left out: no text of theirs is stored`);
  return lines.join("\n");
}

/** One failure a paragraph: where, what, and the way out. */
export function renderFailures(failures: readonly FailureRow[]): string {
  if (failures.length === 0) return "no failures";
  return failures
    .map((failure) => {
      const lines = [failedPlace(failure), `  ${failure.code}: ${failure.message}`];
      for (const cause of failure.causes.slice(0, 3)) lines.push(`  because ${cause.split("\n")[0] ?? ""}`);
      if (failure.hint !== "") lines.push(`  ${failure.hint}`);
      if (failure.url !== null) lines.push(`  ${failure.url}`);
      lines.push(`  ${failure.attempts} attempts, the last ${moment(failure.lastAt)}`);
      return lines.join("\n");
    })
    .join("\n\n");
}
