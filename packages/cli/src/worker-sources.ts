import type { Pacer } from "@sofer/core";
import type { Sources, UnitHooks, WorkerSettings } from "@sofer/engine";
import { createBucketSource, createServiceSource } from "@sofer/sefaria";

/** The sources of one unit in a worker; everything they need came in the coordinator's first message. */
export function workerSources(settings: WorkerSettings, pacer: Pacer, hooks: UnitHooks): Sources {
  const options = { ...settings, ...hooks, pacer };
  return { service: createServiceSource(options), bucket: createBucketSource(options) };
}
