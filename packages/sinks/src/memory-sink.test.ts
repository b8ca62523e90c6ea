import { MemorySink, MemoryStore, type MemoryFaults } from "@sofer/core/testing";
import { SoferError } from "@sofer/core";
import { sinkConformance } from "./conformance.ts";

// The sink that other tests lean on keeps the contract too.
for (const dimensions of [3, null]) {
  sinkConformance(`memory (${dimensions ?? "no"} dimensions)`, {
    dimensions,
    makeBench: () => {
      const store = new MemoryStore();
      const faults: MemoryFaults = {};
      return Promise.resolve({
        open: () => Promise.resolve(new MemorySink(store, { faults })),
        stored: () =>
          Promise.resolve(
            new Map(
              [...store.records].map(([id, { contentHash, chunk, vector }]) => [
                id,
                { contentHash, text: chunk.text, vector: vector === null ? null : [...vector.values] },
              ]),
            ),
          ),
        throttleNext: (retryAfterMs) => {
          faults.before = () => {
            delete faults.before;
            return new SoferError("throttled", "not now", { retryAfterMs });
          };
        },
        refuseRecord: (bad) => {
          faults.refuse = ({ id }) => (id === bad ? new SoferError("bad-item", "refused") : null);
        },
        setDown: (isDown) => {
          if (isDown) faults.before = () => new SoferError("network", "down");
          else delete faults.before;
          return Promise.resolve();
        },
        tamper: (id, how) => {
          const record = store.records.get(id);
          if (how === "remove") store.records.delete(id);
          else if (record !== undefined) store.records.set(id, { ...record, contentHash: "0".repeat(32) });
          return Promise.resolve();
        },
        dispose: () => Promise.resolve(),
      });
    },
  });
}
