import { existsSync } from "node:fs";
import { ExitCode, SoferError, type Settings } from "@sofer/core";
import { openLogFile } from "./log-file.ts";
import { Output } from "./render/output.ts";
import { renderPlan } from "./render/plan.ts";
import { watchSignals } from "./signals.ts";

/** Makes and prints a plan; a budget that it breaks is said after it. */
export async function planWith(settings: Settings): Promise<ExitCode> {
  const [{ checkBudget, checkCost, planRun }, { composeRoad }] = await Promise.all([
    import("@sofer/engine"),
    import("./compose.ts"),
  ]);
  const road = await composeRoad(settings);
  const stop = new AbortController();
  const requestLog = openLogFile(settings.requestLog, "request-log", (error) => stop.abort(error));
  const interrupt = (signal: string) => stop.abort(new SoferError("interrupted", `stopped by ${signal}`));
  const signals = watchSignals(interrupt, () => undefined);
  try {
    const plan = await planRun({
      ...road,
      onSent: (requests) => {
        for (const request of requests) requestLog?.write(request);
      },
      signal: stop.signal,
    });
    const output = new Output();
    if (settings.json) output.json({ type: "plan", ...plan });
    else output.line(renderPlan(plan));
    output.flush();
    const embedding = settings.embed === null ? null : await planTheEmbedding(settings);
    checkBudget(settings, { requests: plan.requests, bytes: plan.bytes ?? 0 });
    if (embedding !== null) checkCost(embedding, settings.maxCost);
    return ExitCode.whole;
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw error;
  } finally {
    requestLog?.close();
    signals.dispose();
  }
}

/** What is in the library already is counted exactly; what is still to be fetched is not known. */
async function planTheEmbedding(settings: Settings) {
  const [{ planEmbedding }, { heldTitles }, { tellEmbedPlan }] = await Promise.all([
    import("./answers/embedding.ts"),
    import("./answers/held-titles.ts"),
    import("./render/answers.ts"),
  ]);
  if (!existsSync(settings.library)) return null;
  const titles = await heldTitles(settings);
  if (titles.length === 0) return null;
  const embedding = await planEmbedding({ ...settings, titles }, settings.profiles ?? ["vector"]);
  tellEmbedPlan(settings, embedding);
  return embedding;
}
