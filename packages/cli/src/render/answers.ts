import type { Settings } from "@sofer/core";
import type { DriftReport, EmbedPlan, EmbedReceipt, PushReceipt } from "@sofer/engine";
import { Output } from "./output.ts";
import { count, counted } from "./table.ts";

/** What embedding and pushing did, and what they would cost. */
export function renderEmbedded(receipt: EmbedReceipt): string {
  const { space, texts, known, embedded, failed, requests, tokens, seconds } = receipt;
  const left = texts - known - embedded - failed;
  const parts = [
    `${count(embedded)} embedded`,
    `${count(known)} had a vector`,
    ...(failed > 0 ? [`${count(failed)} failed (status --failures names them)`] : []),
    ...(left > 0 ? [`${count(left)} left`] : []),
  ];
  const said = tokens === null ? "" : `, ${count(tokens)} tokens`;
  return `embedded: ${counted(texts, "text")} with ${space.model} (${space.dimensions} dimensions): ${parts.join(", ")}; ${counted(requests, "request")}${said}, ${seconds.toFixed(1)} s`;
}

export function renderPushed(receipt: PushReceipt): string {
  const { sink, pushed, unchanged, failed, waiting, removed, error, seconds } = receipt;
  const parts = [
    `${count(pushed)} pushed`,
    `${count(unchanged)} unchanged`,
    ...(removed > 0 ? [`${count(removed)} removed`] : []),
    ...(failed > 0 ? [`${count(failed)} failed (status --failures names them)`] : []),
    ...(waiting > 0 ? [`${count(waiting)} without a vector yet`] : []),
  ];
  const ended =
    error === null ? "" : `\n${sink}: ended early: ${error.message}${error.hint === "" ? "" : ` (${error.hint})`}`;
  return `${sink}: ${parts.join(", ")}; ${seconds.toFixed(1)} s${ended}`;
}

export function renderEmbedPlan(plan: EmbedPlan): string {
  const { model, chunks, texts, known, tokens, cost, price } = plan;
  const costs =
    cost === null || price === null
      ? "nobody says what it costs (--prices)"
      : `$${cost.toFixed(4)} at $${price.usdPerMillionTokens} a million (${price.asOf})`;
  return `to embed with ${model}: ${counted(texts - known, "text")} of ${counted(chunks, "chunk")}, ${count(tokens)} tokens, ${costs}; ${count(known)} have a vector`;
}

export function renderDrift(report: DriftReport): string {
  const { sink, same, missing, only, different, unpushed } = report;
  const parts = [`= ${count(same)}`, `- ${count(missing)}`, `+ ${count(only)}`, `* ${count(different)}`];
  return `${sink}: ${parts.join("  ")}${unpushed > 0 ? `; ${count(unpushed)} of the library not pushed yet` : ""}`;
}

function tell(settings: Settings, type: string, value: object, text: string): void {
  const output = new Output();
  if (settings.json) output.json({ type, ...value });
  else output.line(text);
  output.flushOrGone();
}

export function tellEmbedded(settings: Settings, receipt: EmbedReceipt): void {
  tell(settings, "embedded", receipt, renderEmbedded(receipt));
}

export function tellPushed(settings: Settings, receipt: PushReceipt): void {
  tell(settings, "pushed", receipt, renderPushed(receipt));
}

export function tellEmbedPlan(settings: Settings, plan: EmbedPlan): void {
  tell(settings, "embed-plan", plan, renderEmbedPlan(plan));
}
