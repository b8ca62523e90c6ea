export * from "./fake-clock.ts";
export * from "./memory-sink.ts";
export { OF_ANOTHER_HOST, SELF_SIGNED } from "./certificates.ts";
export * from "./fuzz.ts";
