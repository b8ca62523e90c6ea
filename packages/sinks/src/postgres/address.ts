import { Secret, SoferError } from "@sofer/core";

/** How the connection is protected. Without it nothing is sent unless the user said so, or the server is this machine. */
export type Protection = "disable" | "require" | "verify-ca" | "verify-full";

/** What DATABASE_URL says, taken apart. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  readonly database: string;
  readonly protection: Protection;
  /** File with the certificates of who may vouch for the server; null: those of the system. */
  readonly rootCertificates: string | null;
  readonly channelBinding: "disable" | "prefer" | "require";
  readonly applicationName: string;
}

const EXAMPLE = "such as postgres://name:password@db.example.org:5432/database, with % codes for special characters";
const KNOWN = ["sslmode", "sslrootcert", "channel_binding", "application_name"];

/**
 * Reads DATABASE_URL. What it does not know it refuses: an option that is passed over may be the one that protects.
 * @throws `usage`, which never shows the address: a wrong one may have its password anywhere
 */
export function parseAddress(secret: Secret): DatabaseAddress {
  const wrong = (why: string, hint = EXAMPLE) => new SoferError("usage", `DATABASE_URL ${why}`, { hint });
  const url = URL.parse(secret.reveal());
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) throw wrong("is not an address of PostgreSQL");
  // A password with a bare / or # ends the host too early; what follows it would then be shown as host or database.
  if (`${url.pathname}${url.search}${url.hash}`.includes("@")) throw wrong("has an @ behind its host");
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (host === "" || host.includes(",") || host.includes("%2F")) {
    throw wrong("names no host, or several", "one host, reached by TCP: 127.0.0.1 for a server of this machine");
  }
  const decoded = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch (cause) {
      if (cause instanceof URIError) throw wrong("has a % that begins no code: write it as %25");
      throw cause;
    }
  };
  const user = decoded(url.username);
  if (user === "") throw wrong("names no user");
  const options = url.searchParams;
  for (const name of options.keys()) {
    if (!KNOWN.includes(name)) throw wrong("has an option that sofer does not know", `it knows ${KNOWN.join(", ")}`);
    if (options.getAll(name).length > 1) throw wrong(`says ${name} twice`);
  }
  const rootCertificates = options.get("sslrootcert");
  const protection = protectionOf(options.get("sslmode"), host, rootCertificates !== null, wrong);
  const channelBinding = oneOf(["disable", "prefer", "require"], options.get("channel_binding") ?? "prefer", () =>
    wrong("has an unknown channel_binding", "disable, prefer or require"),
  );
  if (channelBinding === "require" && protection === "disable") {
    throw wrong("says channel_binding=require, which needs TLS", "say sslmode=verify-full, verify-ca or require");
  }
  return {
    host,
    port: url.port === "" ? 5432 : Number(url.port),
    user,
    password: new Secret(decoded(url.password)),
    database: decoded(url.pathname.slice(1)) || user,
    protection,
    rootCertificates: rootCertificates === "system" ? null : rootCertificates,
    channelBinding,
    applicationName: options.get("application_name") ?? "sofer",
  };
}

function protectionOf(
  said: string | null,
  host: string,
  hasCertificates: boolean,
  wrong: (why: string, hint: string) => SoferError,
): Protection {
  if (said === null) return isLoopback(host) && !hasCertificates ? "disable" : "verify-full";
  if (said === "prefer" || said === "allow") {
    throw wrong(
      `says sslmode=${said}, which goes on unprotected where the server offers no TLS`,
      "say verify-full (the default), verify-ca, require, or disable",
    );
  }
  const protection = oneOf(["disable", "require", "verify-ca", "verify-full"], said, () =>
    wrong("has an unknown sslmode", "verify-full, verify-ca, require or disable"),
  );
  // As PostgreSQL's own clients understand it: who names certificates wants them looked at.
  return protection === "require" && hasCertificates ? "verify-ca" : protection;
}

function oneOf<T extends string>(known: readonly T[], said: string, wrong: () => SoferError): T {
  const found = known.find((one) => one === said);
  if (found === undefined) throw wrong();
  return found;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
