import type { Evaluation, EvaluationGroup, Scores } from "@sofer/store";
import { table } from "./table.ts";

const HEAD = ["engine", "questions", "first", "in 5", "in 10", "recall@10", "recall@20", "MRR", "nDCG@10"];

function row(name: string, { engine, scores }: EvaluationGroup): (string | number)[] {
  const share = (of: keyof Scores) => scores[of].toFixed(3);
  return [
    name,
    engine,
    scores.queries,
    share("success1"),
    share("success5"),
    share("success10"),
    share("recall10"),
    share("recall20"),
    share("mrr"),
    share("ndcg10"),
  ];
}

/** A table for all questions together and for each way to part them, the engines under each other. */
export function renderEvaluation({ groups }: Evaluation): string {
  const tables = [...Map.groupBy(groups, (group) => group.by)].map(([by, ofKind]) => {
    const names = [...Map.groupBy(ofKind, (group) => group.name)];
    return table(
      [by, ...HEAD],
      names.flatMap(([name, same]) => same.map((group) => row(name, group))),
    );
  });
  return tables.join("\n\n");
}
