import { Type } from "@sinclair/typebox";
import { t, type Static } from "elysia";
import { Next } from "./common.ts";

export const Outcome = t.Union([
  t.Literal("whole"),
  t.Literal("failures"),
  t.Literal("interrupted"),
  t.Literal("stopped"),
]);

export const Run = t.Object({
  id: Type.Integer(),
  startedAt: t.Number(),
  endedAt: t.Nullable(t.Number()),
  outcome: t.Nullable(Outcome, { description: "null: it runs, or was killed" }),
  isLive: t.Boolean({ description: "it runs, and this API belongs to it" }),
});
export type Run = Static<typeof Run>;
export const RunPage = t.Object({ items: t.Array(Run), next: Next });
export const RunDetail = t.Composite([
  Run,
  t.Object({
    settings: t.Record(t.String(), t.Unknown()),
    receipt: t.Nullable(t.Record(t.String(), t.Unknown()), { description: "what it left, when it has ended" }),
  }),
]);

export const ControlState = t.Object({
  pausedAt: t.Nullable(t.Number({ description: "null: not paused" })),
  ratePerSecond: t.Nullable(t.Number({ description: "null: as the run's settings say" })),
  maxWorkers: t.Nullable(t.Number({ description: "null: as the run's settings say" })),
});

export const Acknowledgement = t.Object({
  action: t.Union([
    t.Literal("pause"),
    t.Literal("resume"),
    t.Literal("rate"),
    t.Literal("workers"),
    t.Literal("retry"),
    t.Literal("stop"),
  ]),
  at: t.Number(),
  control: ControlState,
  said: t.String({ description: "what follows from it, in words" }),
});

export const Host = t.Object({
  host: t.String(),
  state: t.Union(
    [t.Literal("asking"), t.Literal("waiting"), t.Literal("cut"), t.Literal("down"), t.Literal("paused")],
    {
      description:
        "asking: at the allowed pace; cut: slower, as the host has shown to bear; waiting: the host asked for a pause; down: one probe at a time; paused: the run is",
    },
  ),
  inWords: t.String(),
  ratePerSecond: t.Number({ description: "that may go now; 0: no pace" }),
  allowedPerSecond: t.Number({ description: "by the user; 0: no pace" }),
  granted: Type.Integer({ description: "permits given in this run" }),
  waiting: Type.Integer({ description: "requests that wait for a permit" }),
  refusals: Type.Integer(),
  pausedUntil: t.Nullable(t.Number()),
  breaker: t.Union([t.Literal("closed"), t.Literal("open")]),
  downMs: t.Nullable(t.Number()),
  probeInMs: t.Nullable(t.Number()),
});
export type Host = Static<typeof Host>;

export const Worker = t.Object({
  worker: Type.Integer(),
  pid: Type.Integer(),
  state: t.Union([t.Literal("starting"), t.Literal("working"), t.Literal("idle"), t.Literal("leaving")]),
  memoryBytes: t.Nullable(t.Number({ description: "resident; null where the system does not say" })),
  connections: t.Nullable(Type.Integer({ description: "open to servers; null where the system does not say" })),
  units: t.Array(t.String(), { description: "ids of the first few that it has" }),
  unitCount: Type.Integer(),
});
export type Worker = Static<typeof Worker>;

/** A run while it runs: what a page shows at a glance. Rates are means of the last ten seconds. */
export const Live = t.Object({
  runId: Type.Integer(),
  startedAt: t.Number(),
  phase: t.Union([
    t.Literal("planning"),
    t.Literal("fetching"),
    t.Literal("finishing"),
    t.Literal("stopping"),
    t.Literal("ended"),
  ]),
  isPaused: t.Boolean(),
  inWords: t.String({ description: "what the run does, or what it waits for" }),
  source: t.Nullable(t.Union([t.Literal("service"), t.Literal("bucket")])),
  books: t.Object({
    total: Type.Integer(),
    held: Type.Integer({ description: "needed nothing" }),
    done: Type.Integer(),
    failed: Type.Integer(),
    active: Type.Integer(),
  }),
  segments: t.Object({
    total: Type.Integer({
      description: "places that the plan is to bring; 0 by the bucket, which publishes no counts",
    }),
    done: Type.Integer({ description: "of these, a part-way book in the measure of its units" }),
  }),
  fraction: t.Nullable(t.Number({ description: "0 to 1; null: not known yet" })),
  etaSeconds: t.Nullable(t.Number()),
  texts: Type.Integer({ description: "committed by this run" }),
  chunks: Type.Integer(),
  requests: Type.Integer(),
  bytes: Type.Integer(),
  failures: Type.Integer(),
  retries: Type.Integer(),
  perSecond: t.Object({
    requests: t.Number(),
    texts: t.Number(),
    bytes: t.Number(),
    allowed: t.Nullable(t.Number({ description: "requests/s, all hosts; null: no pace" })),
  }),
  units: t.Object({ ready: Type.Integer(), delayed: Type.Integer(), leased: Type.Integer(), writing: Type.Integer() }),
  workers: Type.Integer(),
  memoryBytes: t.Nullable(t.Number({ description: "coordinator and workers, resident" })),
  blockedMs: t.Number({ description: "longest time the coordinator's loop stood still lately" }),
  control: ControlState,
});
export type Live = Static<typeof Live>;
export const LiveAnswer = t.Object({ run: t.Nullable(Live, { description: "null: no run belongs to this API" }) });

export const Health = t.Object({
  status: t.Literal("ok"),
  instance: t.String({ description: "another one after each start" }),
  runId: t.Nullable(Type.Integer()),
});
export const Ready = t.Object({ isReady: t.Boolean(), why: t.String() });

export const LibraryCounts = t.Object({
  format: Type.Integer(),
  books: Type.Integer(),
  versions: Type.Integer(),
  segments: Type.Integer(),
  texts: Type.Integer(),
  chunks: Type.Integer(),
  indexed: Type.Integer(),
  links: Type.Integer(),
  failures: Type.Integer(),
});
