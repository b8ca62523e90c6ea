import { SoferError, type Clock } from "@sofer/core";
import type { DatabaseAddress } from "./address.ts";
import { serverError } from "./server-error.ts";

export type Row = Readonly<Record<string, unknown>>;
/** One statement; its parameters are $1, $2, … */
export type Ask = (statement: string, parameters?: readonly unknown[]) => Promise<readonly Row[]>;

/** How long a statement that was cancelled may take to say so, in ms, before its connection is taken for dead. */
const CANCEL_MS = 2000;
/**
 * How long the making of a connection may take, in ms. Bun makes it again and again meanwhile when it breaks off before the
 * server has said that it is ready: 7 times in 3 s, then once a second. So it is short.
 */
const CONNECT_MS = 10_000;
/** Less than what lies between is known to allow: 4 minutes (Azure) and 350 s (AWS) without a word. */
const IDLE_SECONDS = 60;

export interface ServerOptions {
  readonly address: DatabaseAddress;
  /** PEM of who may vouch for the server; null: the system's. */
  readonly certificates: string | null;
  readonly clock: Clock;
  /** ms that one request may take. */
  readonly timeoutMs: number;
  readonly redact: (text: string) => string;
}

/**
 * Connections to one database, as many as there are requests in flight. Each `ask` is one try. When its time is over or
 * the signal says stop, the server is told to cancel the statement, so that nothing goes on there that nobody waits for.
 *
 * Each connection is a client of its own with room for one: a client with room for ten opens all ten at the first
 * statement, and after a restart of the server hands out the dead ones one by one.
 */
export class PostgresServer {
  /** host:port */
  readonly host: string;
  readonly #options: ServerOptions;
  readonly #idle: Bun.SQL[] = [];
  readonly #busy = new Set<Bun.SQL>();

  constructor(options: ServerOptions) {
    this.#options = options;
    const { host, port } = options.address;
    this.host = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** One statement by itself: all of it or nothing. */
  ask(statement: string, parameters: readonly unknown[], signal: AbortSignal): Promise<readonly Row[]> {
    return this.#run((connection, ask) => ask(connection)(statement, parameters), signal, this.#options.timeoutMs);
  }

  /** Several statements, all of them or none. @param timeoutMs of all together; null: as long as it takes */
  transaction<T>(
    work: (ask: Ask) => Promise<T>,
    signal: AbortSignal,
    timeoutMs: number | null = this.#options.timeoutMs,
  ): Promise<T> {
    return this.#run((connection, ask) => connection.begin((inside) => work(ask(inside))), signal, timeoutMs);
  }

  async close(): Promise<void> {
    await this.#drop([...this.#idle.splice(0), ...this.#busy]);
  }

  async #run<T>(
    work: (connection: Bun.SQL, ask: (inside: Bun.SQL) => Ask) => Promise<T>,
    signal: AbortSignal,
    timeoutMs: number | null,
  ): Promise<T> {
    signal.throwIfAborted();
    const timeout = timeoutMs === null ? null : AbortSignal.timeout(timeoutMs);
    const end = timeout === null ? signal : AbortSignal.any([signal, timeout]);
    const connection = this.#idle.pop() ?? this.#connection();
    this.#busy.add(connection);
    const settled = new AbortController();
    let running: Bun.SQL.Query<Row[]> | null = null;
    const ask =
      (inside: Bun.SQL): Ask =>
      async (statement, parameters = []) => {
        end.throwIfAborted();
        running = inside.unsafe<Row[]>(statement, [...parameters]);
        try {
          return await running;
        } finally {
          running = null;
        }
      };
    const { promise: dead, reject } = Promise.withResolvers<never>();
    const cancel = async () => {
      void running?.cancel();
      try {
        await this.#options.clock.sleep(CANCEL_MS, settled.signal);
      } catch {
        return; // It has settled meanwhile.
      }
      // Who does not even answer to that is gone.
      reject(end.reason);
    };
    const onEnd = () => void cancel();
    end.addEventListener("abort", onEnd, { once: true });
    try {
      const answer = await Promise.race([work(connection, ask), dead]);
      this.#idle.push(connection);
      return answer;
    } catch (thrown) {
      const error = serverError(thrown, { host: this.host, redact: this.#options.redact });
      const isSound = error instanceof SoferError && (error.next === "never" || error.next === "split");
      if (isSound && !end.aborted) this.#idle.push(connection);
      // Those that wait beside it may have gone the same way.
      else await this.#drop([connection, ...this.#idle.splice(0)]);
      if (signal.aborted) throw signal.reason;
      if (!timeout?.aborted) throw error;
      throw new SoferError("timeout", `${this.host} gave no answer within ${(timeoutMs ?? 0) / 1000} s`);
    } finally {
      this.#busy.delete(connection);
      end.removeEventListener("abort", onEnd);
      settled.abort();
    }
  }

  async #drop(connections: readonly Bun.SQL[]): Promise<void> {
    await Promise.all(connections.map((connection) => connection.close({ timeout: 0 })));
  }

  #connection(): Bun.SQL {
    const { address, certificates, timeoutMs } = this.#options;
    const { protection } = address;
    // Everything is said here: what is left out, Bun takes from the environment.
    return new Bun.SQL({
      adapter: "postgres",
      hostname: address.host,
      port: address.port,
      username: address.user,
      password: address.password.reveal(),
      database: address.database,
      tls:
        protection === "disable"
          ? "disable"
          : {
              rejectUnauthorized: protection !== "require",
              ...(certificates === null ? {} : { ca: certificates }),
              ...(protection === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
            },
      channelBinding: address.channelBinding,
      connection: { application_name: address.applicationName },
      max: 1,
      idleTimeout: IDLE_SECONDS,
      connectionTimeout: Math.min(timeoutMs, CONNECT_MS) / 1000,
      // A name would stay with a connection of a pooler (PgBouncer, Supavisor) that the next statement does not get.
      prepare: false,
    });
  }
}
