import { ExitCode, SoferError, type Settings } from "@sofer/core";
import { openLogFile } from "./log-file.ts";
import { Output } from "./render/output.ts";
import { renderPlan } from "./render/plan.ts";
import { watchSignals } from "./signals.ts";

/** Makes and prints a plan; a budget that it breaks is said after it. */
export async function planWith(settings: Settings): Promise<ExitCode> {
  const [{ checkBudget, planRun }, { composeRoad }] = await Promise.all([
    import("@sofer/engine"),
    import("./compose.ts"),
  ]);
  const road = composeRoad(settings);
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
    checkBudget(settings, { requests: plan.requests, bytes: plan.bytes ?? 0 });
    return ExitCode.whole;
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw error;
  } finally {
    requestLog?.close();
    signals.dispose();
  }
}
