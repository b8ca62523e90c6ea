import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FieldMeasured } from "../field/measure.ts";
import type { FloorMeasured } from "../floor/measure.ts";
import type { MeasuredStages } from "../stages/measure.ts";
import type { MeasuredStart } from "../start/measure.ts";
import { renderBarChart, type BarChart } from "./bar-chart.ts";
import { fieldChart, floorChart, stagesChart, startChart } from "./charts.ts";

interface Picture {
  readonly name: string;
  /** Figures as `--save` keeps them. */
  readonly figures: string;
  readonly chart: (figures: unknown) => BarChart;
}

const PICTURES: readonly Picture[] = [
  { name: "floor.svg", figures: "floor.json", chart: (figures) => floorChart(figures as FloorMeasured) },
  { name: "field.svg", figures: "field.json", chart: (figures) => fieldChart(figures as FieldMeasured, "wallSeconds") },
  { name: "requests.svg", figures: "field.json", chart: (figures) => fieldChart(figures as FieldMeasured, "requests") },
  { name: "stages.svg", figures: "stages.json", chart: (figures) => stagesChart(figures as MeasuredStages) },
  { name: "start.svg", figures: "start.json", chart: (figures) => startChart(figures as MeasuredStart) },
];

export interface Drawn {
  readonly name: string;
  /** null: it was drawn. */
  readonly why: string | null;
}

/** Draws what the figures in a folder allow, beside them. */
export async function drawPictures(folder: string): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  for (const { name, figures, chart } of PICTURES) {
    const path = join(folder, figures);
    if (!existsSync(path)) {
      drawn.push({ name, why: `${figures} is not there` });
      continue;
    }
    const made = chart(JSON.parse(readFileSync(path, "utf8")));
    const isEmpty = made.groups.every(({ bars }) => bars.length === 0);
    if (!isEmpty) await Bun.write(join(folder, name), renderBarChart(made));
    drawn.push({ name, why: isEmpty ? `nothing in ${figures} is proven` : null });
  }
  return drawn;
}
