import { expect, test } from "bun:test";
import { IdleWork } from "./idle-work.ts";

test("bit after bit while nothing comes; what comes is taken between two of them", async () => {
  const { port1, port2 } = new MessageChannel();
  const seen: string[] = [];
  let left = 50;
  const idle = new IdleWork(() => {
    seen.push("bit");
    left--;
    if (left === 40) port2.postMessage("message");
    return left > 0;
  });
  const came = new Promise<void>((resolve) => {
    port1.onmessage = () => {
      idle.stop();
      seen.push("message");
      resolve();
    };
  });
  idle.after(1);
  expect(seen).toEqual([]);
  await came;
  // It was stopped, with some left.
  const done = seen.indexOf("message");
  expect(done).toBeGreaterThanOrEqual(10);
  expect(done).toBeLessThan(50);
  await Bun.sleep(5);
  expect(seen).toHaveLength(done + 1);
  idle.after(1);
  while (seen.length < 51) await Bun.sleep(1);
  await Bun.sleep(5);
  expect(seen.filter((what) => what === "bit")).toHaveLength(50);
  port1.close();
});
