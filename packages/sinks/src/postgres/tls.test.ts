import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secretsFrom, SoferError, systemClock } from "@sofer/core";
import { postgresKind } from "./kind.ts";

// Who the server must be before a name is told to it. The certificates are made here, one for localhost and one for nobody's
// host; the server takes the connection and then refuses the login, which shows that it was asked.

const openssl = Bun.which("openssl");
const folder = mkdtempSync(join(tmpdir(), "sofer-tls-"));
const file = (name: string) => join(folder, name);

function makeCertificate(name: string, host: string): void {
  const made = Bun.spawnSync([
    openssl ?? "openssl",
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
    "-subj",
    `/CN=${host}`,
    "-addext",
    `subjectAltName=DNS:${host}`,
    "-keyout",
    file(`${name}.key`),
    "-out",
    file(`${name}.pem`),
  ]);
  if (!made.success) throw new Error(made.stderr.toString());
}

const REFUSAL = (() => {
  const body = Buffer.from("SFATAL\0VFATAL\0C28P01\0Mit was asked\0\0");
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from("E"), length, body]);
})();

describe.if(openssl !== null)("TLS (certificates are made by openssl)", () => {
  const servers: Server[] = [];
  const inner: { stop(closeAll: boolean): void }[] = [];

  /** Says yes to TLS, and passes what then comes on to a TLS server with that certificate. */
  async function serverWith(name: string): Promise<number> {
    const secure = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      tls: { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)) },
      socket: { data: (socket) => void socket.end(REFUSAL) },
    });
    inner.push(secure);
    const server = createServer((near: Socket) => {
      near.on("error", () => near.destroy());
      near.once("data", () => {
        const far = connect(secure.port, "127.0.0.1", () => {
          near.write("S");
          near.pipe(far).pipe(near);
        });
        far.on("error", () => near.destroy());
      });
    });
    servers.push(server);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    return (server.address() as AddressInfo).port;
  }

  let right = 0;
  let other = 0;
  beforeAll(async () => {
    makeCertificate("right", "localhost");
    makeCertificate("other", "db.example.org");
    right = await serverWith("right");
    other = await serverWith("other");
  });
  afterAll(() => {
    for (const server of servers) server.close();
    for (const server of inner) server.stop(true);
    rmSync(folder, { recursive: true });
  });

  async function codeOf(port: number, options: string): Promise<string> {
    const sink = await postgresKind.open(
      {},
      {
        name: "postgres",
        libraryPath: "library.sqlite",
        secrets: secretsFrom({ DATABASE_URL: `postgres://me:word@localhost:${port}/x?${options}` }, null),
        clock: systemClock,
        timeoutMs: 10_000,
      },
    );
    const thrown: unknown = await sink.describe(new AbortController().signal).catch((error: unknown) => error);
    await sink.close();
    return thrown instanceof SoferError ? thrown.code : String(thrown);
  }

  const asked = "unauthorized";
  const notAsked = "unreachable";
  test.each([
    ["a certificate that nobody vouches for", "sslmode=verify-full", "right", notAsked],
    ["the same, for any host", "sslmode=verify-ca", "right", notAsked],
    ["vouched for, of this host", "sslmode=verify-full&sslrootcert=right.pem", "right", asked],
    ["without sslmode, on this machine", "sslrootcert=right.pem", "right", asked],
    ["vouched for by another", "sslmode=verify-full&sslrootcert=other.pem", "right", notAsked],
    ["vouched for, of another host", "sslmode=verify-full&sslrootcert=other.pem", "other", notAsked],
    ["the same, for any host", "sslmode=verify-ca&sslrootcert=other.pem", "other", asked],
    ["require and a certificate to trust", "sslmode=require&sslrootcert=right.pem", "other", notAsked],
    ["require takes any", "sslmode=require", "other", asked],
  ])("%s (%s)", async (_, options, which, code) => {
    const said = options.replace(/sslrootcert=/, `sslrootcert=${folder}/`);
    expect(await codeOf(which === "right" ? right : other, said)).toBe(code);
  });
});
