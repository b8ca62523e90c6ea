import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What the system says of a process. Linux tells it in files; elsewhere nothing is known, and null is said. */

/** Bytes of a page, as every system we run on has them. */
const PAGE_BYTES = 4096;
/** State of a TCP connection in /proc/net/tcp. */
const ESTABLISHED = "01";

/** Resident bytes. */
export function memoryOf(pid: number): number | null {
  const statm = read(`/proc/${pid}/statm`);
  const pages = Number(statm?.split(" ")[1]);
  return Number.isFinite(pages) ? pages * PAGE_BYTES : null;
}

/** Open connections of each process. */
export function connectionsOf(pids: readonly number[]): ReadonlyMap<number, number> {
  const inodes = establishedInodes();
  const found = new Map<number, number>();
  if (inodes === null) return found;
  for (const pid of pids) {
    const sockets = socketsOf(pid);
    if (sockets !== null) found.set(pid, sockets.filter((inode) => inodes.has(inode)).length);
  }
  return found;
}

function establishedInodes(): ReadonlySet<string> | null {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(read).filter((table) => table !== null);
  if (tables.length === 0) return null;
  const inodes = new Set<string>();
  for (const table of tables) {
    for (const line of table.split("\n").slice(1)) {
      // sl local remote state queues timer retransmits uid timeout inode
      const fields = line.trim().split(/\s+/);
      if (fields[3] === ESTABLISHED && fields[9] !== undefined) inodes.add(fields[9]);
    }
  }
  return inodes;
}

function socketsOf(pid: number): string[] | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${descriptor}`))?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch (thrown) {
    return gone(thrown);
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (thrown) {
    // Closed between the listing and the look.
    gone(thrown);
    return "";
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    return gone(thrown);
  }
}

/** The process has ended, is somebody else's, or the system has no such files. */
function gone(thrown: unknown): null {
  if (thrown instanceof Error && "code" in thrown) return null;
  throw thrown;
}
