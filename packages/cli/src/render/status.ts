import type { FailureRow, Library, LinkAccount } from "@sofer/store";
import { renderCauses } from "./failures.ts";
import { renderLinkAccount, renderLinkTypes } from "./links.ts";
import { count, counted, duration, moment, table } from "./table.ts";

interface StatusView {
  readonly path: string;
  readonly counts: ReturnType<Library["counts"]>;
  /** null: no links were ever brought in. */
  readonly links: LinkAccount | null;
  readonly sinks: readonly Pick<ReturnType<Library["sinks"]>[number], "name" | "chunks">[];
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
    ...renderCauses(view.failures),
  );
  if (view.refused > 0)
    lines.push(`${counted(view.refused, "dictionary was", "dictionaries were")} left out: no text of theirs is stored`);
  return lines.join("\n");
}
