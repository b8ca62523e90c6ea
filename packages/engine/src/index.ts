export { runIngest, unreachable, type IngestOptions } from "./run-ingest.ts";
export { planRun, type PlanOptions, type PlanReport } from "./plan-run.ts";
export { verifyLibrary, type VerifyOptions, type VerifyReport } from "./verify.ts";
export {
  planRepair,
  prepareRepair,
  repairLocally,
  type RepairPlan,
  type RepairRun,
} from "./repair.ts";
export { isVerifyLine, type About, type VerifyLine, type VerifySign } from "./verify-line.ts";
export type { CategoryCounts, Outcome, Receipt } from "./receipt.ts";
export type { SlotCounts, TextCounts } from "./coverage.ts";
export type { SentRequest, WorkerSettings } from "./protocol.ts";
export { HostPace, type PaceLedger } from "./pace/host-pace.ts";
export { hostOf, paceSettingsOf, wishOf, workerSettingsOf } from "./run-settings.ts";
export { checkBudget, checkPoliteness } from "./budget.ts";
export { loadLinkFile, loadLinkFiles, type LinkFile, type LoadedLinkFile } from "./links.ts";
export type { Sources } from "./worker.ts";
export type { BucketReader, ExportNames } from "./bucket/listing.ts";
export { chooseRoute, type Route } from "./route.ts";
