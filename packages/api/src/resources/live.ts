import { Elysia, t } from "elysia";
import type { ApiContext } from "../context.ts";
import { hostState } from "../live/words.ts";
import { connectionsOf, memoryOf } from "../live/process-facts.ts";
import { Host, Worker } from "../schemas/runs.ts";

/** The system is asked for facts about processes so often at most. */
const FACTS_FRESH_MS = 1_000;

/** The hosts that the run asks, and the processes that ask them; none of a library at rest. */
export function live({ run, cache }: ApiContext) {
  const hosts = (): (typeof Host.static)[] => {
    const now = Date.now();
    return (run?.hosts() ?? []).map((host) => {
      const { isHeld: _isHeld, ...figures } = host;
      return { ...figures, breaker: host.downMs === null ? "closed" : "open", ...hostState(host, now) };
    });
  };
  const workers = (): (typeof Worker.static)[] => {
    const members = run?.workers() ?? [];
    const pids = members.map(({ pid }) => pid);
    const facts = cache.get(
      `facts ${pids.join(" ")}`,
      () => ({ memory: new Map(pids.map((pid) => [pid, memoryOf(pid)])), connections: connectionsOf(pids) }),
      FACTS_FRESH_MS,
    );
    return members.map((member) => ({
      ...member,
      units: [...member.units],
      memoryBytes: facts.memory.get(member.pid) ?? null,
      connections: facts.connections.get(member.pid) ?? null,
    }));
  };
  return new Elysia({ tags: ["live"] })
    .get("/api/hosts", () => cache.get("hosts", () => ({ items: hosts() })), {
      response: { 200: t.Object({ items: t.Array(Host) }) },
      detail: { summary: "hosts that are asked: pace, refusals, pauses, breaker" },
    })
    .get("/api/workers", () => cache.get("workers", () => ({ items: workers() })), {
      response: { 200: t.Object({ items: t.Array(Worker) }) },
      detail: { summary: "worker processes: memory, connections, what they do" },
    });
}
