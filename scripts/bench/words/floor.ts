import { measureFloor, ROUTES } from "../floor/measure.ts";
import { isNearFloor, renderFloorReport } from "../floor/report.ts";
import { choiceOf, end, MisuseError, whole, type Bench } from "../given.ts";

/** Whole ingests beside the least that has to be done; a further word, `service` or `bucket`, takes one route only. */
export const bench: Bench = {
  options: ["workers", "books", "runs", "latency", "generated", "save"],
  words: 1,
  async run(given) {
    const [wanted] = given.words;
    const routes = ROUTES.filter((route) => wanted === undefined || route === wanted);
    if (routes.length === 0) throw new MisuseError(`no route is called ${wanted}: ${ROUTES.join(", ")}`);
    const measured = await measureFloor({
      ...choiceOf(given),
      rounds: whole(given, "runs", 5),
      routes,
      isMemoryAsked: true,
    });
    await end(given, renderFloorReport(measured), measured, isNearFloor(measured));
  },
};
