import { readFileSync, statSync } from "node:fs";
import { parseSecretsFile, secretsFrom, SoferError, type Secrets, type Settings } from "@sofer/core";

/** Anybody but the owner. */
const OTHERS = 0o077;

/** Keys from the environment and, where it is named, the secrets file. @throws SoferError `usage` */
export function loadSecrets({ secretsFile }: Settings): Secrets {
  if (secretsFile === null) return secretsFrom(process.env, null);
  const said = `--secrets-file ${secretsFile}`;
  let text: string;
  try {
    const { mode } = statSync(secretsFile);
    if ((mode & OTHERS) !== 0) {
      throw new SoferError("usage", `${said} may be read by others (mode ${(mode & 0o777).toString(8)})`, {
        hint: `chmod 600 ${secretsFile}`,
      });
    }
    text = readFileSync(secretsFile, "utf8");
  } catch (error) {
    if (error instanceof SoferError) throw error;
    throw new SoferError("usage", `${said} cannot be read`, {
      hint: error instanceof Error && "code" in error ? String(error.code) : "is it there?",
    });
  }
  return secretsFrom(process.env, parseSecretsFile(text, said));
}
