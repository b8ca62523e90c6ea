import { afterAll } from "bun:test";
import { sinkConformance } from "@sofer/sinks/conformance";
import { postgresBench, startPostgres } from "./postgres.ts";

const postgres = await startPostgres();
afterAll(() => postgres.close());

for (const dimensions of [8, null]) {
  sinkConformance(`postgres (${dimensions ?? "no"} dimensions)`, {
    dimensions,
    // Half precision has 11 bits.
    tolerance: 5e-4,
    // No server of PostgreSQL says how long to wait.
    never: ["throttle"],
    makeBench: () => {
      const bench = postgresBench(postgres.url, postgres.look, { hasVectors: dimensions !== null });
      return Promise.resolve({ ...bench, setDown: (isDown: boolean) => postgres.setDown(isDown) });
    },
  });
}
