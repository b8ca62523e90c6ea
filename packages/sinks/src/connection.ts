import { SoferError, type Secret, type SecretName, type Secrets } from "@sofer/core";

/**
 * An option that is an address, without the slash at its end. A name or a password in it is refused, and not shown:
 * addresses stand in errors, logs and the run's settings.
 * @throws `usage`
 */
export function addressOf(sink: string, option: string, value: string, secrets: string): string {
  const wrong = (why: string, hint: string) => new SoferError("usage", `the sink ${sink}: ${option} ${why}`, { hint });
  const parsed = URL.parse(value);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw wrong("is not an address", "it begins with http:// or https://");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw wrong("holds a name or a password", `put them into ${secrets}`);
  }
  if (parsed.search !== "" || parsed.hash !== "") {
    throw wrong("has something after ? or #", "give the address alone");
  }
  return value.replace(/\/+$/, "");
}

/**
 * A secret that is there, and that a header can hold. One with a line break at its end, as `$(cat file)` in some
 * shells leaves it, would fail every request as if the network were down.
 * @throws `usage` that never shows it
 */
export function headerSecret(secrets: Secrets, name: SecretName): Secret | null {
  const secret = secrets.find(name);
  if (secret === null || /^[\x21-\x7e]+$/.test(secret.reveal())) return secret;
  throw new SoferError("usage", `${name} holds a space, a line break or a letter that no key has`, {
    hint: "check how it was set",
  });
}
