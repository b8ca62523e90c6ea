import { didYouMean, SoferError, type Clock, type Embedder, type EmbedTask, type Secrets } from "@sofer/core";
import { checkVectors } from "./checks.ts";
import { embedFetch } from "./embed-fetch.ts";
import { PROVIDERS, type EmbedProvider } from "./providers.ts";

export interface EmbedderOptions {
  /** `provider:model`. */
  readonly name: string;
  /** null: as many as the model gives by itself. */
  readonly dimensions: number | null;
  /** Address of the service; null: the provider's own. */
  readonly url: string | null;
  /** Texts in one request at most; null: the provider's. */
  readonly maxTexts: number | null;
  readonly timeoutMs: number;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** Opens an embedder and asks nothing yet. @throws SoferError `usage` */
export function openEmbedder(options: EmbedderOptions): Embedder {
  const { provider, model } = readName(options.name);
  const url = options.url ?? provider.url;
  if (url === null) {
    throw new SoferError("usage", `--embed ${options.name} needs --embed-url`, {
      hint: "such as http://127.0.0.1:11434/v1",
    });
  }
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new SoferError("usage", "--embed-url is not an address", { hint: "such as http://127.0.0.1:11434/v1" });
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new SoferError("usage", "--embed-url holds a name or a password", {
      hint: `put the key into ${provider.secret}`,
    });
  }
  const secret = provider.isSecretNeeded
    ? options.secrets.need(provider.secret)
    : options.secrets.find(provider.secret);
  const { limits } = provider;
  const redact = (text: string) => secret?.redact(text) ?? text;
  return {
    name: options.name,
    dimensions: options.dimensions,
    limits: { ...limits, maxTexts: options.maxTexts ?? limits.maxTexts },
    host: parsed.host,
    async embed(texts, task, signal) {
      signal.throwIfAborted();
      const send = embedFetch({ ...options, shape: provider.shape, redact, model }, texts.length, signal);
      const key = secret?.reveal() ?? "";
      const asked = provider.make({ model, url: url.replace(/\/+$/, ""), key, fetch: send });
      const answer = await ask(asked, provider, texts, task, options.dimensions).catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw embedError(thrown, redact);
      });
      if (answer.embeddings.length !== texts.length) {
        throw new SoferError("bad-vectors", `${answer.embeddings.length} vectors came for ${texts.length} texts`, {
          url,
        });
      }
      const tokens = answer.usage?.tokens;
      return {
        vectors: checkVectors(answer.embeddings, options.dimensions, url),
        tokens: tokens !== undefined && Number.isFinite(tokens) ? tokens : null,
      };
    },
  };
}

async function ask(
  asked: ReturnType<EmbedProvider["make"]>,
  provider: EmbedProvider,
  texts: readonly string[],
  task: EmbedTask,
  dimensions: number | null,
) {
  return asked.doEmbed({
    values: [...texts],
    providerOptions: provider.taskOptions(task),
    ...(dimensions === null ? {} : { dimensions }),
  });
}

function readName(name: string): { provider: EmbedProvider; model: string } {
  const colon = name.indexOf(":");
  const provider = PROVIDERS.find((one) => one.name === name.slice(0, colon));
  const model = name.slice(colon + 1);
  if (colon > 0 && provider !== undefined && model !== "") return { provider, model };
  const names = PROVIDERS.map((one) => one.name);
  const said = colon < 0 ? name : name.slice(0, colon);
  const near = names.includes(said) ? "" : didYouMean(said, names, 1);
  throw new SoferError("usage", `--embed "${name}" is not provider:model`, {
    hint: near || `providers are ${names.join(", ")}; for example openai:text-embedding-3-small`,
  });
}

/** Our own errors pass; what the provider's package throws holds the texts, so only its name and message are taken. */
function embedError(thrown: unknown, redact: (text: string) => string): SoferError {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 4; error = error.cause, depth++) {
    if (error instanceof SoferError) return error;
  }
  const said = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new SoferError("bad-vectors", `the answer cannot be used (${redact(said).slice(0, 300)})`);
}
