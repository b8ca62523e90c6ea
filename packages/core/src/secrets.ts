import { SoferError } from "./errors.ts";

/**
 * Secrets come from the environment or a file with mode 600, under the names their makers gave them. They are never
 * settings: what is a setting is printed, stored with the run and handed to workers.
 */
export const SECRETS = [
  { name: "OPENAI_API_KEY", meaning: "Key for `--embed openai:…`." },
  { name: "GOOGLE_GENERATIVE_AI_API_KEY", meaning: "Key for `--embed google:…`." },
  { name: "EMBED_API_KEY", meaning: "Key for `--embed openai-compatible:…`, where the service wants one." },
  { name: "PINECONE_API_KEY", meaning: "Key for the sink `pinecone`." },
  { name: "ELASTICSEARCH_API_KEY", meaning: "Key for the sink `elasticsearch`, encoded as the service gives it." },
  { name: "ELASTICSEARCH_USERNAME", meaning: "Name for the sink `elasticsearch`, where there is no key." },
  { name: "ELASTICSEARCH_PASSWORD", meaning: "Password for the sink `elasticsearch`, where there is no key." },
  { name: "DATABASE_URL", meaning: "Address, with name and password, of the server of the sink `postgres`." },
  { name: "SOFER_API_TOKEN", meaning: "Token that the status API asks for before it lets itself be steered." },
] as const satisfies readonly { readonly name: string; readonly meaning: string }[];
export type SecretName = (typeof SECRETS)[number]["name"];

/** Name of the token that the API's control asks for. */
export const API_TOKEN = "SOFER_API_TOKEN" satisfies SecretName;

const MASK = "********";

/** A secret's value. Printed, logged, put in JSON or looked at, it is a mask. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one header or connection that it is for. */
  reveal(): string {
    return this.#value;
  }

  /** The text without the secret, in whatever form a URL or a header may hold it: services repeat keys in errors. */
  redact(text: string): string {
    return [this.#value, encodeURIComponent(this.#value)]
      .filter((form) => form.length > 3)
      .reduce((redacted, form) => redacted.replaceAll(form, MASK), text);
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}

/** Where a secret was found. */
export type SecretOrigin = "environment" | "secrets file";

export interface Secrets {
  find(name: SecretName): Secret | null;
  /** @throws `usage` when it is nowhere. */
  need(name: SecretName): Secret;
  origin(name: SecretName): SecretOrigin | null;
}

const NAMES: ReadonlySet<string> = new Set(SECRETS.map(({ name }) => name));

function isSecretName(name: string): name is SecretName {
  return NAMES.has(name);
}

/**
 * The environment before the file.
 * @param file by name, as `parseSecretsFile` read it; null: there is none.
 */
export function secretsFrom(
  env: Readonly<Record<string, string | undefined>>,
  file: Readonly<Partial<Record<SecretName, string>>> | null,
): Secrets {
  const origin = (name: SecretName): SecretOrigin | null => {
    if ((env[name] ?? "") !== "") return "environment";
    return (file?.[name] ?? "") === "" ? null : "secrets file";
  };
  const find = (name: SecretName): Secret | null => {
    const from = origin(name);
    return from === null ? null : new Secret((from === "environment" ? env[name] : file?.[name]) ?? "");
  };
  return {
    origin,
    find,
    need(name) {
      const secret = find(name);
      if (secret !== null) return secret;
      throw new SoferError("usage", `${name} is not set`, {
        hint: "set it in the environment, or in a file with mode 600 named by --secrets-file",
      });
    },
  };
}

/**
 * Lines `NAME=value`; empty lines and lines that begin with # say nothing; quotes around a value are not part of it.
 * @param said the file, as the user wrote it
 * @throws `usage` that names the line, and never shows it
 */
export function parseSecretsFile(text: string, said: string): Partial<Record<SecretName, string>> {
  const values: Partial<Record<SecretName, string>> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const wrong = (why: string) =>
      new SoferError("usage", `${said}: line ${index + 1} ${why}`, {
        hint: `lines are NAME=value, with one of ${SECRETS.map(({ name }) => name).join(", ")}`,
      });
    const equals = trimmed.indexOf("=");
    if (equals < 0) throw wrong("has no =");
    const name = trimmed.slice(0, equals).trim();
    if (!isSecretName(name)) throw wrong("is no secret that sofer knows");
    if (values[name] !== undefined) throw wrong(`sets ${name} again`);
    values[name] = trimmed
      .slice(equals + 1)
      .trim()
      .replace(/^(["'])(.*)\1$/, "$2");
  }
  return values;
}
