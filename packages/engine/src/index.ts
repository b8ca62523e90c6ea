export { runIngest, unreachable, type IngestOptions } from "./run-ingest.ts";
export { planRun, type PlanOptions, type PlanReport } from "./plan-run.ts";
export { verifyLibrary, type VerifyLine, type VerifyReport, type VerifySign } from "./verify.ts";
export type { CategoryCounts, Outcome, Receipt } from "./receipt.ts";
export type { SlotCounts, TextCounts } from "./coverage.ts";
export type { SentRequest, WorkerSettings } from "./protocol.ts";
export { HostPace, type PaceLedger } from "./pace/host-pace.ts";
export { hostOf, paceSettingsOf, wishOf, workerSettingsOf } from "./run-settings.ts";
export { checkBudget, checkPoliteness } from "./budget.ts";
