import { existsSync } from "node:fs";

/*
 * For `bun --preload`, in tests: as soon as a certain file is there, the wall clock of the program and of its workers is
 * another one, as when somebody sets it. Timers and the monotonic clock go on as they were.
 */
const { file, byMs } = JSON.parse(process.env["SET_CLOCK"] ?? "{}") as { file: string; byMs: number };
const now = Date.now;
const NativeDate = Date;
let isSet = false;

const offset = () => {
  isSet ||= existsSync(file);
  return isSet ? byMs : 0;
};
NativeDate.now = () => now() + offset();
globalThis.Date = new Proxy(NativeDate, {
  construct: (target, words: unknown[]) =>
    Reflect.construct(target, words.length === 0 ? [now() + offset()] : words) as Date,
});
