import { Type } from "@sinclair/typebox";
import { t, type Static } from "elysia";
import { Next } from "./common.ts";

export const UnitState = t.Union([t.Literal("ready"), t.Literal("done"), t.Literal("failed")]);
export const Unit = t.Object({
  id: t.String(),
  kind: t.String(),
  title: t.String(),
  state: UnitState,
  requests: Type.Integer(),
  bytes: Type.Integer(),
});
export const UnitPage = t.Object({ items: t.Array(Unit), next: Next, runId: t.Nullable(Type.Integer()) });

export const SinkList = t.Object({
  items: t.Array(
    t.Object({ name: t.String(), chunks: Type.Integer({ description: "in its ledger: acknowledged by the store" }) }),
  ),
});

export const Failure = t.Object({
  id: Type.Integer(),
  title: t.String(),
  place: t.String(),
  unitId: t.String(),
  code: t.String(),
  message: t.String(),
  hint: t.String(),
  causes: t.Array(t.String()),
  url: t.Nullable(t.String()),
  attempts: Type.Integer(),
  firstAt: t.Number(),
  lastAt: t.Number(),
});
export const FailurePage = t.Object({
  items: t.Array(Failure),
  next: Next,
  total: Type.Integer(),
  byCode: t.Record(t.String(), Type.Integer()),
});

/** A run's event, with its name: the same in the stream and in the library. */
export const StampedEvent = t.Object({
  runId: Type.Integer(),
  seq: Type.Integer(),
  at: t.Number(),
  event: t.Object({ type: t.String() }, { additionalProperties: true }),
});
export const EventPage = t.Object({ items: t.Array(StampedEvent), next: Next });

/** Said in the stream in place of events that are held no more. */
export const Gap = t.Object({
  from: t.String({ description: "the last event before it that was sent, or asked for" }),
  to: t.String({ description: "the first event after it, or the newest there is" }),
  why: t.String(),
});
export type Gap = Static<typeof Gap>;
