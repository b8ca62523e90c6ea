export type { RunOptions } from "./run-options.ts";
export { unreachable } from "./unreachable.ts";
export { planRun, type PlanOptions, type PlanReport } from "./plan-run.ts";
export { verifyLibrary, type VerifyOptions, type VerifyReport } from "./verify.ts";
export { planRepair, prepareRepair, repairLocally, type RepairPlan, type RepairRun } from "./repair.ts";
export { verifyDeeply, type DeepOptions } from "./verify-deep.ts";
export { isVerifyLine, type About, type VerifyLine, type VerifySign } from "./verify-line.ts";
export type { CategoryCounts, Outcome, Receipt } from "./receipt.ts";
export type { SlotCounts, TextCounts } from "@sofer/store";
export { packRows, unpackRows, type PackedRows } from "./packed-rows.ts";
export type { SentRequest, WorkerSettings } from "./protocol.ts";
export { HostPace, type PaceLedger } from "./pace/host-pace.ts";
export { hostOf } from "./hosts.ts";
export { paceSettingsOf, wishOf, workerSettingsOf } from "./run-settings.ts";
export { checkBudget, checkPoliteness } from "./budget.ts";
export type { AtRest } from "./at-rest.ts";
export type { LinkFile, LoadedLinkFile } from "./links.ts";
export type { Sources, UnitHooks } from "./worker.ts";
export type { BucketReader, ExportNames } from "./bucket/listing.ts";
export { chooseRoute, type Route } from "./route.ts";
export {
  EMBED_SETTINGS,
  embedChunks,
  type EmbedOptions,
  type EmbedProgress,
  type EmbedReceipt,
} from "./embed/embed-stage.ts";
export { checkCost, planEmbed, type EmbedPlan } from "./embed/plan-embed.ts";
export { vectorKey, type EmbeddedBy } from "./embed/vector-key.ts";
export { openSender } from "./pace/open-sender.ts";
export type { Sender } from "./pace/sender.ts";
export { emptySink, prepareSinkRepair, verifySink, type DriftReport } from "./push/drift.ts";
export { pushChunks, type PushOptions, type PushProgress, type PushReceipt } from "./push/push-stage.ts";
export { nearestChunks, type NearestAnswer, type NearestOptions } from "./search/nearest-chunks.ts";
