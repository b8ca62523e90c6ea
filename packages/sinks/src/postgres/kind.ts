import { SoferError, type SinkKind } from "@sofer/core";
import { parseAddress } from "./address.ts";
import { PostgresServer } from "./server.ts";
import { PostgresSink } from "./sink.ts";

/** Rows of a table of PostgreSQL, vectors in pgvector. */
export const postgresKind: SinkKind = {
  kind: "postgres",
  summary: "a table of PostgreSQL, vectors in pgvector",
  vectors: "optional",
  profile: "vector",
  mainOption: "table",
  options: [
    { name: "table", meaning: "Table that holds the chunks, of this sink alone.", default: "sofer_chunks" },
    { name: "schema", meaning: "Schema that the table is in; it is made when missing.", default: "public" },
    { name: "index", meaning: "Index of the vectors, made after the first load: hnsw, or none.", default: "hnsw" },
    {
      name: "index-memory",
      meaning: "Memory that the server may take to make an index, such as 2GB; otherwise its own maintenance_work_mem.",
      default: null,
      isOptional: true,
    },
  ],
  secrets: ["DATABASE_URL"],
  async open(options, context) {
    const table = identifier("table", options["table"] ?? "sofer_chunks");
    const schema = identifier("schema", options["schema"] ?? "public");
    const index = options["index"] ?? "hnsw";
    if (index !== "hnsw" && index !== "none") {
      throw new SoferError("usage", "the sink postgres: index is not hnsw or none");
    }
    const indexMemory = options["index-memory"] ?? null;
    if (indexMemory !== null && !/^[1-9]\d{0,6}(?:kB|MB|GB)$/.test(indexMemory)) {
      throw new SoferError("usage", "the sink postgres: index-memory is no size", { hint: "such as 512MB or 2GB" });
    }
    const secret = context.secrets.need("DATABASE_URL");
    const address = parseAddress(secret);
    const server = new PostgresServer({
      address,
      certificates: await certificates(address.rootCertificates),
      clock: context.clock,
      timeoutMs: context.timeoutMs,
      redact: (text) => secret.redact(address.password.redact(text)),
    });
    return new PostgresSink(server, {
      name: context.name,
      schema,
      table,
      hasVectorIndex: index === "hnsw",
      indexMemory,
    });
  },
};

/** Such that it needs no quotes in anybody's SQL, and leaves room for the names of its indexes (63 bytes in all). */
function identifier(option: string, name: string): string {
  if (/^[a-z_][a-z0-9_]{0,49}$/.test(name)) return name;
  throw new SoferError("usage", `the sink postgres: ${option} is no name for one`, {
    hint: "small letters, digits and _, at most 50, no digit first",
  });
}

async function certificates(path: string | null): Promise<string | null> {
  if (path === null) return null;
  const file = Bun.file(path);
  if (await file.exists()) return file.text();
  throw new SoferError("usage", "the file that sslrootcert names in DATABASE_URL is not there", { hint: path });
}
