import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { SinkSpec } from "@sofer/core";
import { sinkConformance } from "@sofer/sinks/conformance";
import { errorOf, openPostgres, postgresBench, quietProxy, recordsOf, type Look } from "./postgres.ts";

// What a database inside this process cannot show: several connections, a statement that is cancelled, a lost backend; also
// through a pooler in transaction mode, which leaves a backend with the application name of whoever had it before.
// With DATABASE_URL in the environment; everything happens in schemas of their own, which are dropped again.
const url = Bun.env["DATABASE_URL"] ?? "";
const signal = new AbortController().signal;

if (url === "") {
  test.skip("a server of PostgreSQL: DATABASE_URL is not set", () => {
    // Nothing to ask.
  });
} else {
  const admin = new Bun.SQL(url, { max: 4, prepare: false });
  const look: Look = (statement, parameters = []) => admin.unsafe(statement, parameters);
  const found = await look("SELECT FROM pg_available_extensions WHERE name = 'vector'");
  afterAll(() => admin.close());

  for (const dimensions of found.length > 0 ? [8, null] : [null]) {
    sinkConformance(`postgres, a server (${dimensions ?? "no"} dimensions)`, {
      dimensions,
      tolerance: 5e-4,
      // Neither is it ours to stop; and what is refused has a test of its own below, since the suite does not wait for DDL.
      never: ["throttle", "refuse", "down"],
      makeBench: () => Promise.resolve(postgresBench(url, look, { hasVectors: dimensions !== null })),
    });
  }
  test("a record that the server refuses: the others of its batch are stored", async () => {
    const bench = postgresBench(url, look, { hasVectors: false });
    const sink = await bench.open();
    await sink.ensure({ profile: "vector", space: null }, signal);
    const all = recordsOf(200, null).map((record, at) =>
      at === 77 ? { ...record, chunk: { ...record.chunk, text: "a \0 in the text" } } : record,
    );
    const outcomes = await sink.upsert(all, signal);
    expect(outcomes.flatMap((outcome, at) => (outcome === null ? [] : [`${at} ${outcome.code}`]))).toEqual([
      "77 bad-item",
    ]);
    expect((await bench.stored()).size).toBe(199);
    await sink.close();
    await bench.dispose();
  });

  test.skipIf(found.length > 0)(
    "without pgvector: vectors are refused with the reason, and nothing is left behind",
    async () => {
      const bench = postgresBench(url, look, { hasVectors: true });
      const sink = await bench.open();
      const spec: SinkSpec = { profile: "vector", space: { model: "test:model", dimensions: 8 } };
      const error = await errorOf(() => sink.ensure(spec, signal));
      expect(error).toMatchObject({ code: "mismatch", next: "stop" });
      expect(error.message).toContain("does not have pgvector");
      expect((await sink.describe(signal)).exists).toBe(false);
      expect(await look("SELECT FROM pg_namespace WHERE nspname = $1", [bench.schema])).toEqual([]);
      await sink.close();
    },
  );

  describe("a server of PostgreSQL", () => {
    const bench = postgresBench(url, look, { hasVectors: false });
    const table = `${bench.schema}.chunks`;
    const spec: SinkSpec = { profile: "vector", space: null };
    beforeAll(async () => {
      const sink = await bench.open();
      await sink.ensure(spec, signal);
      await sink.close();
    });
    afterAll(() => bench.dispose());
    const count = async () => Number((await look(`SELECT count(*) AS n FROM ${table}`))[0]?.["n"]);
    const withName = (name: string) => `${url}${url.includes("?") ? "&" : "?"}application_name=${name}`;
    /** Nobody else writes to the table until it is freed. */
    const heldTable = async (held: string) => {
      const locked = Promise.withResolvers<void>();
      const free = Promise.withResolvers<void>();
      const holder = admin.begin(async (inside) => {
        await inside.unsafe(`LOCK TABLE ${held} IN EXCLUSIVE MODE`);
        locked.resolve();
        await free.promise;
      });
      await locked.promise;
      return {
        free: () => {
          free.resolve();
          return holder;
        },
      };
    };
    const backends = async (application: string) =>
      (
        await look(
          "SELECT FROM pg_stat_activity WHERE application_name = $1 AND state = 'active' AND pid <> pg_backend_pid()",
          [application],
        )
      ).length;

    test("eight that make the same table at once find one", async () => {
      const other = postgresBench(url, look, { hasVectors: false });
      const sinks = await Promise.all(Array.from({ length: 8 }, () => other.open()));
      await Promise.all(sinks.map((sink) => sink.ensure(spec, signal)));
      await Promise.all(sinks.map((sink) => sink.settle(signal)));
      const indexes = await look("SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = $1", [
        other.schema,
      ]);
      expect(indexes.map((row) => String(row["name"])).toSorted()).toEqual([
        "chunks_pkey",
        "chunks_refs",
        "chunks_search",
      ]);
      for (const sink of sinks) await sink.close();
      await other.dispose();
    });

    test("batches in flight at once are all stored, each once", async () => {
      const sink = await bench.open();
      await sink.ensure(spec, signal);
      const all = recordsOf(800, null);
      const parts = Array.from({ length: 16 }, (_, part) => all.slice(part * 50, part * 50 + 50));
      const outcomes = await Promise.all(parts.map((part) => sink.upsert(part, signal)));
      expect(outcomes.flat().filter((outcome) => outcome !== null)).toEqual([]);
      expect(await count()).toBe(800);
      const held = await sink.scan(null, signal);
      expect(held.holdings.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted());
      await sink.close();
    });

    test("a request that takes too long, and one that is aborted, are cancelled on the server", async () => {
      const name = `sofer_slow_${process.pid}`;
      const sink = await openPostgres(withName(name), { schema: bench.schema, table: "chunks" }, 1500);
      await sink.ensure(spec, signal);
      const before = await count();
      const hold = await heldTable(table);
      const fresh = recordsOf(900, null).slice(890);
      expect(await errorOf(() => sink.upsert(fresh, signal))).toMatchObject({ code: "timeout", next: "retry" });
      expect(await backends(name)).toBe(0);
      const stop = new AbortController();
      const reason = new Error("stopped by the user");
      const upserted = sink.upsert(fresh, stop.signal);
      while ((await backends(name)) === 0) await Bun.sleep(5);
      stop.abort(reason);
      const thrown: unknown = await upserted.catch((error: unknown) => error);
      expect(thrown).toBe(reason);
      expect(await backends(name)).toBe(0);
      await hold.free();
      expect(await count()).toBe(before);
      expect(await sink.upsert(fresh, signal)).toEqual(fresh.map(() => null));
      expect(await count()).toBe(before + fresh.length);
      await sink.close();
    });

    test("an index that is being made when the push is stopped is not there, and the next settle makes it", async () => {
      const other = postgresBench(url, look, { hasVectors: false });
      const name = `sofer_settle_${process.pid}`;
      const sink = await openPostgres(withName(name), {
        schema: other.schema,
        table: "chunks",
        "index-memory": "64MB",
      });
      await sink.ensure(spec, signal);
      const indexes = () => look("SELECT FROM pg_indexes WHERE schemaname = $1", [other.schema]);
      const hold = await heldTable(`${other.schema}.chunks`);
      const stop = new AbortController();
      const settled = sink.settle(stop.signal).catch((thrown: unknown) => thrown);
      while ((await backends(name)) === 0) await Bun.sleep(5);
      stop.abort("stopped");
      expect(await settled).toBe("stopped");
      expect(await backends(name)).toBe(0);
      await hold.free();
      expect(await indexes()).toHaveLength(1);
      await sink.settle(signal);
      expect(await indexes()).toHaveLength(3);
      await sink.close();
      await other.dispose();
    });

    test.skipIf(!/@(?:localhost|127\.0\.0\.1)[:/]/.test(url))(
      "connections that fall silent together cost one call, not one each (a server of this machine)",
      async () => {
        const through = new URL(url);
        const proxy = await quietProxy(Number(through.port || "5432"));
        through.port = String(proxy.port);
        const sink = await openPostgres(through.href, { schema: bench.schema, table: "chunks" }, 1500);
        await Promise.all(Array.from({ length: 6 }, () => sink.describe(signal)));
        proxy.silence();
        expect(await errorOf(() => sink.describe(signal))).toMatchObject({ code: "timeout", next: "retry" });
        expect(await sink.describe(signal)).toMatchObject({ exists: true });
        await sink.close();
        await proxy.close();
      },
    );

    test("a backend that is terminated in the middle: nothing half done, and the same call then does it", async () => {
      const name = `sofer_lost_${process.pid}`;
      const sink = await openPostgres(withName(name), { schema: bench.schema, table: "chunks" });
      await sink.ensure(spec, signal);
      const before = await count();
      const hold = await heldTable(table);
      const fresh = recordsOf(1000, null).slice(980);
      const failed = errorOf(() => sink.upsert(fresh, signal));
      while ((await backends(name)) === 0) await Bun.sleep(5);
      await look(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND state = 'active' AND pid <> pg_backend_pid()",
        [name],
      );
      expect((await failed).next).toBe("retry");
      await hold.free();
      expect(await count()).toBe(before);
      expect(await sink.upsert(fresh, signal)).toEqual(fresh.map(() => null));
      expect(await count()).toBe(before + fresh.length);
      await sink.close();
    });
  });
}
