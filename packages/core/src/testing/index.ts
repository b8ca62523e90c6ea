export * from "./fake-clock.ts";
export * from "./memory-sink.ts";
