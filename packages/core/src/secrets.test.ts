import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { SoferError } from "./errors.ts";
import { parseSecretsFile, Secret, secretsFrom } from "./secrets.ts";

test("a secret shows itself only when asked for by name", () => {
  const secret = new Secret("sk-very-secret/1");
  const shown = [String(secret), JSON.stringify({ secret }), inspect({ secret }), Bun.inspect({ secret })];
  for (const text of shown) expect(text).not.toContain("very-secret");
  expect(secret.reveal()).toBe("sk-very-secret/1");
  expect(secret.redact("bad key sk-very-secret/1, url ?key=sk-very-secret%2F1")).toBe(
    "bad key ********, url ?key=********",
  );
});

test("the environment goes before the file, and says so", () => {
  const secrets = secretsFrom(
    { OPENAI_API_KEY: "env", PINECONE_API_KEY: "" },
    { OPENAI_API_KEY: "file", PINECONE_API_KEY: "p" },
  );
  expect(secrets.need("OPENAI_API_KEY").reveal()).toBe("env");
  expect([secrets.origin("OPENAI_API_KEY"), secrets.origin("PINECONE_API_KEY")]).toEqual([
    "environment",
    "secrets file",
  ]);
  expect(secrets.find("DATABASE_URL")).toBeNull();
  expect(() => secrets.need("DATABASE_URL")).toThrow("DATABASE_URL is not set");
});

test("a secrets file is lines of NAME=value", () => {
  const text = '# keys\n\nOPENAI_API_KEY = "a=b"\r\nPINECONE_API_KEY=plain\n';
  expect(parseSecretsFile(text, "keys")).toEqual({ OPENAI_API_KEY: "a=b", PINECONE_API_KEY: "plain" });
});

test.each([
  ["OPENAI_API_KEY: hidden", "keys: line 1 has no ="],
  ["\nMY_KEY=hidden", "keys: line 2 is no secret that sofer knows"],
  ["OPENAI_API_KEY=hidden\nOPENAI_API_KEY=hidden", "keys: line 2 sets OPENAI_API_KEY again"],
])("%j is refused without being shown", (text, said) => {
  try {
    parseSecretsFile(text, "keys");
  } catch (error) {
    if (!(error instanceof SoferError)) throw error;
    expect(error.message).toBe(said);
    expect(`${error.message}${error.hint}`).not.toContain("hidden");
    return;
  }
  throw new Error("nothing was refused");
});
