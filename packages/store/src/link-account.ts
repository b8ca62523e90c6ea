import type { Database } from "bun:sqlite";
import type { LinkAccount, LinkSourceRow, LinkState, LinkTypeCounts } from "./api.ts";
import { readMeta, removeMeta, writeMeta } from "./meta.ts";

/** The account is counted once after a load, which takes seconds with millions of links; any change to links forgets it. */
const KEY = "link_account";

export function forgetLinkAccount(database: Database): void {
  removeMeta(database, KEY);
}

export function hasLinkAccount(database: Database): boolean {
  return readMeta(database, KEY) !== null;
}

export function keepLinkAccount(database: Database, account: LinkAccount): void {
  writeMeta(database, KEY, JSON.stringify(account));
}

/** The kept account, or one counted now. */
export function linkAccount(database: Database): LinkAccount {
  const kept = readMeta(database, KEY);
  return kept === null ? { ...accountLinks(database), isChecked: false } : (JSON.parse(kept) as LinkAccount);
}

interface Group {
  readonly type: string;
  readonly a: LinkState;
  readonly b: LinkState;
  readonly links: number;
}

const isPlaced = (state: LinkState) => state === "placed" || state === "beyond";

/** Counts rows, right after resolveLinks compared them with the texts; nothing in it is carried over from an earlier account. */
export function accountLinks(database: Database): LinkAccount {
  const sources = linkSourceRows(database);
  const groups = database
    .query<Group, []>(
      `SELECT l.type, a.state AS a, b.state AS b, count(*) AS links
       FROM link l CROSS JOIN link_side a ON a.link_id = l.id AND a.side = 0
       CROSS JOIN link_side b ON b.link_id = l.id AND b.side = 1
       GROUP BY 1, 2, 3`,
    )
    .all();
  // A link of two files is stored once.
  const inSeveralFiles =
    database.query<{ links: number | null }, []>("SELECT sum(json_array_length(sources) - 1) AS links FROM link").get()
      ?.links ?? 0;
  const stored = database.query<{ links: number }, []>("SELECT count(*) AS links FROM link").get()?.links ?? 0;
  const sum = (of: (row: LinkSourceRow) => number) => sources.reduce((total, row) => total + of(row), 0);
  const linksWhere = (holds: (group: Group) => boolean) =>
    groups.reduce((total, group) => total + (holds(group) ? group.links : 0), 0);
  const sidesIn = (state: LinkState) =>
    groups.reduce((total, { a, b, links }) => total + links * (Number(a === state) + Number(b === state)), 0);
  return {
    isChecked: true,
    sources,
    read: sum((row) => row.read),
    invalid: sum((row) => row.invalid),
    unwanted: sum((row) => row.unwanted),
    duplicate: sum((row) => row.duplicate) + inSeveralFiles,
    stored,
    resolved: linksWhere(({ a, b }) => isPlaced(a) && isPlaced(b)),
    dangling: linksWhere(({ a, b }) => !isPlaced(a) || !isPlaced(b)),
    oneSided: linksWhere(({ a, b }) => isPlaced(a) !== isPlaced(b)),
    beyond: linksWhere(({ a, b }) => isPlaced(a) && isPlaced(b) && (a === "beyond" || b === "beyond")),
    sides: {
      placed: sidesIn("placed"),
      beyond: sidesIn("beyond"),
      "unknown-book": sidesIn("unknown-book"),
      "unknown-place": sidesIn("unknown-place"),
      branch: sidesIn("branch"),
      virtual: sidesIn("virtual"),
    },
    types: typeCounts(groups),
  };
}

/** Most first; equals by name. */
function typeCounts(groups: readonly Group[]): LinkTypeCounts[] {
  return [...Map.groupBy(groups, (group) => group.type)]
    .map(([type, members]) => ({
      type,
      links: members.reduce((total, { links }) => total + links, 0),
      resolved: members.reduce((total, { a, b, links }) => total + (isPlaced(a) && isPlaced(b) ? links : 0), 0),
    }))
    .toSorted((x, y) => y.links - x.links || (x.type < y.type ? -1 : 1));
}

export function linkSourceRows(database: Database): LinkSourceRow[] {
  return database
    .query<LinkSourceRow, []>(
      "SELECT name, tag, read, met, duplicate, invalid, unwanted, finished_at AS finishedAt FROM link_source ORDER BY name",
    )
    .all();
}
