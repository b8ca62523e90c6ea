import type { Clock, EventListener } from "@sofer/core";
import type { WriterClient } from "./writer/writer-client.ts";

/** What each part of the road needs of it. */
export interface RoadEnds {
  readonly clock: Clock;
  readonly writer: WriterClient;
  readonly onEvent: EventListener;
  /** Known before anything is asked for. */
  readonly runId: () => number;
}
