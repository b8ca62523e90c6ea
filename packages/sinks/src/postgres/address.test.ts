import { describe, expect, test } from "bun:test";
import { Secret, SoferError } from "@sofer/core";
import { parseAddress } from "./address.ts";

const parse = (url: string) => parseAddress(new Secret(url));

function refusal(url: string): SoferError {
  try {
    parse(url);
  } catch (thrown) {
    if (thrown instanceof SoferError) return thrown;
    throw thrown;
  }
  throw new Error("it was taken");
}

describe("DATABASE_URL", () => {
  test("is taken apart, % codes decoded", () => {
    const { password, ...address } = parse("postgresql://a%40b:p%2Fw%25@db.example.org:6543/chunks?application_name=x");
    expect(address).toEqual({
      host: "db.example.org",
      port: 6543,
      user: "a@b",
      database: "chunks",
      protection: "verify-full",
      rootCertificates: null,
      channelBinding: "prefer",
      applicationName: "x",
    });
    expect(password.reveal()).toBe("p/w%");
  });

  test("what it leaves out: the port, a database of the user's name, no password", () => {
    expect(parse("postgres://me@db.example.org")).toMatchObject({
      port: 5432,
      database: "me",
      applicationName: "sofer",
    });
    expect(parse("postgres://me@db.example.org/").password.reveal()).toBe("");
  });

  test.each([
    ["localhost", "disable"],
    ["127.0.0.1", "disable"],
    ["[::1]", "disable"],
    ["10.0.0.1", "verify-full"],
    ["localhost.example.org", "verify-full"],
    ["127.0.0.1.example.org", "verify-full"],
  ] as const)("without sslmode: %s is %s", (host, protection) => {
    expect(parse(`postgres://me@${host}/x`).protection).toBe(protection);
  });

  test.each([
    ["sslmode=disable", "disable", null],
    ["sslmode=require", "require", null],
    ["sslmode=require&sslrootcert=ca.pem", "verify-ca", "ca.pem"],
    ["sslmode=verify-ca&sslrootcert=ca.pem", "verify-ca", "ca.pem"],
    ["sslmode=verify-full&sslrootcert=system", "verify-full", null],
    ["sslrootcert=/etc/ca.pem", "verify-full", "/etc/ca.pem"],
  ] as const)("%s", (options, protection, rootCertificates) => {
    expect(parse(`postgres://me@db.example.org/x?${options}`)).toMatchObject({ protection, rootCertificates });
  });

  test.each([
    ["postgres://me:hunter2@host/x?sslmode=prefer", "goes on unprotected"],
    ["postgres://me:hunter2@host/x?sslmode=allow", "goes on unprotected"],
    ["postgres://me:hunter2@host/x?sslmode=Verify-Full", "unknown sslmode"],
    ["postgres://me:hunter2@host/x?sslmode=require&sslmode=disable", "twice"],
    ["postgres://me:hunter2@host/x?channel_binding=yes", "unknown channel_binding"],
    ["postgres://me:hunter2@localhost/x?channel_binding=require", "needs TLS"],
    ["postgres://me:hunter2@host/x?sslmode=disable&channel_binding=require", "needs TLS"],
    ["postgres://me:hunter2@host/x?gssencmode=disable", "option that sofer does not know"],
    ["postgres://me:hunter2@one,two/x", "no host, or several"],
    ["postgres://me:hunter2@%2Fvar%2Frun/x", "no host, or several"],
    ["postgres://:hunter2@host/x", "no user"],
    ["mysql://me:hunter2@host/x", "not an address"],
    ["hunter2", "not an address"],
    // Passwords that were not encoded, and end up as host, path or option.
    ["postgres://me:hunter2/more@host/x", "not an address"],
    ["postgres://me:1/hunter2@host/x", "has an @ behind its host"],
    ["postgres://me:1?hunter2@host/x", "has an @ behind its host"],
    ["postgres://me:1#hunter2@host/x", "has an @ behind its host"],
    ["postgres://me:hunter2%@host/x", "a % that begins no code"],
  ])("%s is refused, and not repeated", (url, why) => {
    const error = refusal(url);
    expect(error).toMatchObject({ code: "usage", next: "stop" });
    expect(error.message).toContain(why);
    expect(`${Bun.inspect(error)}${error.stack}`).not.toContain("hunter2");
  });
});
