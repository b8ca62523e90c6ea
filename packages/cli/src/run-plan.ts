import { ExitCode, type Settings } from "@sofer/core";
import { Output } from "./render/output.ts";
import { renderPlan } from "./render/plan.ts";

/** Makes and prints a plan. */
export async function planWith(settings: Settings): Promise<ExitCode> {
  const [{ planRun }, { coordinatorSource }] = await Promise.all([import("@sofer/engine"), import("./compose.ts")]);
  const plan = await planRun({
    settings,
    libraryPath: settings.library,
    makeSource: coordinatorSource(settings),
  });
  const output = new Output();
  if (settings.json) output.json({ type: "plan", ...plan });
  else output.line(renderPlan(plan));
  output.flush();
  return ExitCode.whole;
}
