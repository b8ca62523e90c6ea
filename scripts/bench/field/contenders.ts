import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lastJson, runBun, runCommand } from "../processes.ts";
import type { Expected } from "./books.ts";

const MAIN = join(import.meta.dir, "..", "..", "..", "packages", "cli", "src", "main.ts");
const PEERS = join(import.meta.dir, "..", "..", "..", "..", "shared", "bench", "peers");
const PYTHON = "/usr/bin/python3";

/** Processes that walk, each with a share of the pace: few when it is low, so that none is left with a crawl. */
const MOST_PROCESSES = 10;
const LEAST_SHARE = 5;
const THREADS = 50;

/** What one run is asked to do. */
export interface Job {
  readonly url: string;
  readonly titles: readonly string[];
  /** Requests per second of all its processes together; null: as many as it can. */
  readonly ratePerSecond: number | null;
  /** Whether links are brought, too: where the sandbox answers for them section by section. */
  readonly isLinked: boolean;
  /** Empty; whatever it keeps comes to be here. */
  readonly folder: string;
}

export interface Delivered {
  /** Different places that it has of the expected editions. */
  readonly places: number;
  /** All that it keeps, of other editions, too. */
  readonly texts: number;
}

export interface Contender {
  readonly name: string;
  /** Reads the bulk export or whole books and proves them, or walks section by section. */
  readonly isOurs: boolean;
  command(job: Job): readonly string[];
  delivered(job: Job, expected: Expected): Delivered;
  /** What `verify` finds; null: it has none. */
  isWhole(job: Job, env: Record<string, string | undefined>): Promise<boolean | null>;
}

export interface Absent {
  readonly name: string;
  readonly why: string;
}

const NOTHING: Delivered = { places: 0, texts: 0 };

export function processesAt(ratePerSecond: number | null): number {
  if (ratePerSecond === null) return MOST_PROCESSES;
  return Math.max(1, Math.min(MOST_PROCESSES, Math.floor(ratePerSecond / LEAST_SHARE)));
}

function ours(name: string, words: (job: Job) => readonly string[], isOurs: boolean): Contender {
  return {
    name,
    isOurs,
    command: (job) => {
      const { url, titles, ratePerSecond } = job;
      const own = ["--library", libraryOf(job), "--pace-file", join(job.folder, "pace.sqlite"), "--quiet", "--json"];
      const where = ["--base-url", url, "--bucket-url", url, "--rate", String(ratePerSecond ?? 0)];
      return [process.execPath, MAIN, "ingest", ...own, ...where, ...words(job), "--titles", ...titles];
    },
    delivered: (job, expected) => countInLibrary(libraryOf(job), expected),
    async isWhole(job, env) {
      const words = ["verify", "--library", libraryOf(job), "--quiet", "--json"];
      const { code, out } = await runBun([MAIN, ...words], env);
      return code === 0 && lastJson(out)["isWhole"] === true;
    },
  };
}

const libraryOf = ({ folder }: Job): string => join(folder, "library.sqlite");

/** Links come from the export by either route: the service would have to be asked for every section. */
const linksOf = ({ isLinked }: Job): readonly string[] => (isLinked ? ["--links", "bucket"] : []);

function countInLibrary(path: string, { primary }: Expected): Delivered {
  if (!existsSync(path)) return NOTHING;
  using database = new Database(path, { readonly: true });
  const places = database.query<{ count: number }, [string, string]>(
    `SELECT count(DISTINCT t.segment_id) AS count FROM segment_text t JOIN version v ON v.id = t.version_id
     JOIN book b ON b.id = v.book_id
     WHERE b.title = ? AND v.language || '|' || v.version_title IN (SELECT value FROM json_each(?))`,
  );
  const titles = [...new Set(primary.map(({ title }) => title))];
  const counts = titles.map((title) => {
    const editions = primary.filter((edition) => edition.title === title);
    const names = editions.map(({ language, versionTitle }) => `${language}|${versionTitle}`);
    return places.get(title, JSON.stringify(names))?.count ?? 0;
  });
  const texts = database.query<{ count: number }, []>("SELECT count(*) AS count FROM segment_text").get();
  return { places: counts.reduce((sum, each) => sum + each, 0), texts: texts?.count ?? 0 };
}

function peer(name: string, file: string, words: (job: Job) => readonly string[]): Contender {
  const database = ({ folder }: Job) => join(folder, "peer.sqlite");
  return {
    name,
    isOurs: false,
    command: (job) => {
      const base = ["--base-url", `${job.url}/api`, "--db", database(job), ...(job.isLinked ? [] : ["--no-links"])];
      return [PYTHON, join(PEERS, file), ...base, ...words(job), "--titles", ...job.titles];
    },
    delivered(job) {
      if (!existsSync(database(job))) return NOTHING;
      using opened = new Database(database(job), { readonly: true });
      // A ref is the table's key.
      const count = opened.query<{ count: number }, []>("SELECT count(*) AS count FROM segment").get()?.count ?? 0;
      return { places: count, texts: count };
    },
    isWhole: () => Promise.resolve(null),
  };
}

/** Everybody with `wanted` in their name who can run here, and who cannot, with the reason. */
export async function contenders(
  env: Record<string, string | undefined>,
  wanted: string,
): Promise<{ readonly present: readonly Contender[]; readonly absent: readonly Absent[] }> {
  const present: Contender[] = [
    ours("ours, service", (job) => ["--source", "service", ...linksOf(job)], true),
    ours("ours, bucket", (job) => ["--source", "bucket", ...linksOf(job)], true),
  ];
  const absent: Absent[] = [];

  const walks = [
    ours("walk-threads", () => ["--source", "service", "--strategy", "walk-threads"], false),
    ours(
      "walk-processes",
      ({ ratePerSecond }) => [
        "--source",
        "service",
        "--strategy",
        "walk-processes",
        "--max-workers",
        String(processesAt(ratePerSecond)),
      ],
      false,
    ),
  ];
  const help = await runBun([MAIN, "ingest", "--help"], env);
  if (help.out.includes("--strategy")) present.push(...walks);
  else absent.push(...walks.map(({ name }) => ({ name, why: "this sofer has no --strategy" })));

  const peers = [
    {
      module: "requests",
      contender: peer("peer: threads", "threads.py", ({ ratePerSecond }) => [
        "--workers",
        String(THREADS),
        "--rate",
        String(ratePerSecond ?? 0),
      ]),
    },
    {
      module: "aiohttp",
      contender: peer("peer: processes", "procs_aiohttp.py", ({ ratePerSecond }) => {
        const processes = processesAt(ratePerSecond);
        return ["--workers", String(processes), "--rate", String((ratePerSecond ?? 0) / processes)];
      }),
    },
  ];
  for (const { module, contender } of peers) {
    const why = await whyNoPeer(module, env);
    if (why === null) present.push(contender);
    else absent.push({ name: contender.name, why });
  }
  const isWanted = ({ name }: { readonly name: string }) => name.includes(wanted);
  return { present: present.filter(isWanted), absent: absent.filter(isWanted) };
}

async function whyNoPeer(module: string, env: Record<string, string | undefined>): Promise<string | null> {
  if (!existsSync(PEERS)) return "../shared/bench/peers is not there";
  if (!existsSync(PYTHON)) return `${PYTHON} is not there`;
  const { code } = await runCommand(
    [PYTHON, "-c", `import importlib.util as u, sys; sys.exit(u.find_spec("${module}") is None)`],
    env,
  );
  return code === 0 ? null : `python3-${module} is not installed`;
}
