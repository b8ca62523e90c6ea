import { SoferError } from "./errors.ts";
import type { SinkKind } from "./sink.ts";
import { didYouMean } from "./suggest.ts";

/** A sink as `--to` names it. */
export interface SinkRequest {
  readonly kind: SinkKind;
  /** By which the ledger knows it: the option `name`, or the kind's. */
  readonly name: string;
  readonly profile: string;
  readonly options: Readonly<Record<string, string>>;
  /** As it was written: it opens the same sink again. */
  readonly text: string;
}

const OPTION = /^([a-z][a-z-]*)=(.*)$/s;
/** Options that every sink has. */
const COMMON = ["name", "profile"];
const NAME = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * `KIND`, `KIND=value` (the kind's main option), `KIND=option=value,option=value`, or the main option's value first and
 * then others. A comma that belongs to a value is written `\,`.
 * @throws SoferError `usage`
 */
export function parseSinkText(text: string, kinds: readonly SinkKind[], profiles: readonly string[]): SinkRequest {
  const equals = text.indexOf("=");
  const word = equals < 0 ? text : text.slice(0, equals);
  const kind = kinds.find((one) => one.kind === word);
  if (kind === undefined) {
    const names = kinds.map((one) => one.kind);
    throw wrong(`there is no sink "${word}"`, didYouMean(word, names, 1) || `there are ${names.join(", ")}`);
  }
  const given = equals < 0 ? {} : optionsOf(kind, text.slice(equals + 1));
  const { name = kind.kind, profile = kind.profile, ...own } = given;
  if (!NAME.test(name)) throw wrong(`"${name}" is no name for a sink`, "letters, digits, dots, dashes and underscores");
  if (!profiles.includes(profile)) {
    throw wrong(`--to ${kind.kind}: there is no profile "${profile}"`, `there are ${profiles.join(", ")}`);
  }
  const options: Record<string, string> = {};
  for (const option of kind.options) {
    const value = own[option.name] ?? option.default;
    if (value !== null) options[option.name] = value;
    else if (option.isOptional !== true) throw wrong(`--to ${kind.kind} needs ${option.name}`, option.meaning);
  }
  return { kind, name, profile, options, text };
}

function optionsOf(kind: SinkKind, text: string): Record<string, string> {
  const known = [...kind.options.map((option) => option.name), ...COMMON];
  const values: Record<string, string> = {};
  for (const [at, part] of text.split(/(?<!\\),/).entries()) {
    const written = part.replaceAll("\\,", ",");
    const pair = OPTION.exec(written);
    // The main option's value may itself look like a pair: only a name that is known makes one.
    const isPair = pair !== null && (at > 0 || kind.mainOption === null || known.includes(pair[1] ?? ""));
    const [name, value] = isPair ? [pair[1] ?? "", pair[2] ?? ""] : [at === 0 ? kind.mainOption : null, written];
    if (name === null)
      throw wrong(`--to ${kind.kind}: "${written}" is not option=value`, `options are ${known.join(", ")}`);
    if (!known.includes(name)) {
      throw wrong(
        `--to ${kind.kind}: there is no option "${name}"`,
        didYouMean(name, known, 1) || `there are ${known.join(", ")}`,
      );
    }
    if (value === "") throw wrong(`--to ${kind.kind}: ${name} needs a value`, "");
    if (values[name] !== undefined) throw wrong(`--to ${kind.kind}: ${name} is given twice`, "");
    refuseSecret(kind, name, value);
    values[name] = value;
  }
  return values;
}

/** Options are kept in the library and shown: a password in a URL would be, too. */
function refuseSecret(kind: SinkKind, name: string, value: string): void {
  const url = URL.parse(value);
  if (url === null || (url.username === "" && url.password === "")) return;
  const secrets = kind.secrets.length === 0 ? "the environment" : kind.secrets.join(" or ");
  throw wrong(`--to ${kind.kind}: ${name} holds a name or a password`, `put it into ${secrets}`);
}

function wrong(message: string, hint: string): SoferError {
  return new SoferError("usage", message, { hint });
}
