import { connect, createServer, type Socket } from "node:net";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { secretsFrom, SoferError, systemClock, type Sink, type SinkRecord } from "@sofer/core";
import { SINK_KINDS } from "@sofer/sinks";
import { recordOf, type SinkBench, type StoredRecord } from "@sofer/sinks/conformance";

/** A statement by other means than the sink's own connection. */
export type Look = (statement: string, parameters?: unknown[]) => Promise<Record<string, unknown>[]>;

/** PostgreSQL with pgvector inside this process, and a port at which it speaks as a server does. */
export interface LocalPostgres {
  readonly url: string;
  readonly look: Look;
  setDown(isDown: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Takes 3 to 10 s and 800 MB: one for a file. */
export async function startPostgres(): Promise<LocalPostgres> {
  const database = await PGlite.create({ extensions: { vector } });
  const serve = async (port: number) => {
    const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port, maxConnections: 50 });
    await server.start();
    return server;
  };
  let server: PGLiteSocketServer | null = await serve(0);
  const port = Number(server.getServerConn().split(":").at(-1));
  return {
    url: `postgres://postgres:no-password@127.0.0.1:${port}/postgres`,
    async look(statement, parameters = []) {
      const { rows } = await database.query<Record<string, unknown>>(statement, parameters);
      return rows;
    },
    async setDown(isDown) {
      if (isDown) await server?.stop();
      server = isDown ? null : (server ?? (await serve(port)));
    },
    async close() {
      await server?.stop();
      await database.close();
    },
  };
}

export function openPostgres(
  url: string,
  options: Readonly<Record<string, string>>,
  timeoutMs = 30_000,
): Promise<Sink> {
  const kind = SINK_KINDS.find((one) => one.kind === "postgres");
  if (kind === undefined) throw new Error("there is no kind postgres");
  const secrets = secretsFrom({ DATABASE_URL: url }, null);
  return kind.open(options, {
    name: "postgres",
    libraryPath: "library.sqlite",
    secrets,
    clock: systemClock,
    timeoutMs,
  });
}

let schemas = 0;

/** A schema for one test. */
export function postgresBench(
  url: string,
  look: Look,
  options: { hasVectors: boolean },
): SinkBench & { schema: string } {
  const schema = `sofer_test_${process.pid}_${schemas++}`;
  const table = `${schema}.chunks`;
  return {
    schema,
    open: () => openPostgres(url, { schema, table: "chunks" }),
    async stored() {
      const embedding = options.hasVectors ? "embedding::text" : "NULL";
      const rows = await look(`SELECT id, content_hash, text, ${embedding} AS vector FROM ${table}`);
      return new Map(
        rows.map((row): [string, StoredRecord] => [
          String(row["id"]),
          {
            contentHash: String(row["content_hash"]),
            text: String(row["text"]),
            vector: row["vector"] === null ? null : (JSON.parse(String(row["vector"])) as number[]),
          },
        ]),
      );
    },
    refuseRecord: (id) => void look(`ALTER TABLE ${table} ADD CONSTRAINT not_this CHECK (id <> '${id}')`),
    async tamper(id, how) {
      if (how === "remove") await look(`DELETE FROM ${table} WHERE id = $1`, [id]);
      else await look(`UPDATE ${table} SET content_hash = repeat('0', 32) WHERE id = $1`, [id]);
    },
    async dispose() {
      await look(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    },
  };
}

export function recordsOf(count: number, dimensions: number | null): SinkRecord[] {
  return Array.from({ length: count }, (_, at) => recordOf(at, { dimensions }));
}

export async function errorOf(work: () => Promise<unknown>): Promise<SoferError> {
  const thrown: unknown = await work().then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof SoferError) return thrown;
  throw new Error(`expected a SoferError, got ${String(thrown)}`);
}

/** A port that passes everything on to another, both ways. Connections that are there when it is silenced stay, and say no more. */
export async function quietProxy(target: number): Promise<{ port: number; silence(): void; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on("data", (data) => silent.has(from) || to.write(data));
    from.on("close", () => to.destroy());
    from.on("error", () => from.destroy());
  };
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    join(near, far);
    join(far, near);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    silence: () => {
      for (const socket of sockets) silent.add(socket);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
