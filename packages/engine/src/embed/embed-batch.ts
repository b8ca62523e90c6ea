import { mayPass, SoferError, type ChunkVector, type Embedder } from "@sofer/core";
import { gaveUp, type Sender } from "../pace/sender.ts";

/** A text that has no vector yet, and where it was met first. */
export interface UnembeddedText {
  readonly key: string;
  readonly text: string;
  readonly title: string;
  readonly ref: string;
}

export interface BatchOptions {
  readonly embedder: Embedder;
  readonly sender: Sender;
  /** Vectors of one answered request: kept at once, whatever becomes of the rest. */
  readonly onVectors: (vectors: readonly ChunkVector[], tokens: number | null) => void;
  readonly onFailed: (text: UnembeddedText, error: SoferError) => void;
  /** A request is about to be sent. */
  readonly onRequest: () => void;
}

/** Answers of which nothing can be used, before the batch is halved: one of its texts may be why. */
const USELESS_ANSWERS = 2;

/**
 * Every text of a batch gets its vector, or fails by name. What may pass is sent again, only those that have no vector
 * yet; what is refused as a whole is halved until the text is found that is to blame.
 * @throws what no text gets over: no right key, a host that is down for too long; an interruption
 */
export async function embedBatch(batch: readonly UnembeddedText[], options: BatchOptions): Promise<void> {
  const { embedder, sender, onVectors, onFailed, onRequest } = options;
  const backOff = sender.backOff();
  let left = batch;
  let useless = 0;
  const failAll = (error: SoferError) => {
    for (const text of left) onFailed(text, error);
  };
  while (left.length > 0) {
    let error: SoferError;
    try {
      const asked = left;
      const texts = asked.map(({ text }) => text);
      const answer = await sender.once(embedder.host, (signal) => {
        onRequest();
        return embedder.embed(texts, "document", signal);
      });
      if (answer.vectors.length !== asked.length) {
        throw new SoferError("bad-vectors", `${answer.vectors.length} outcomes came for ${asked.length} texts`);
      }
      const sorted = sortOut(asked, answer.vectors);
      onVectors(sorted.vectors, answer.tokens);
      left = sorted.bad;
      if (sorted.error === null) return;
      error = sorted.error;
    } catch (thrown) {
      if (!(thrown instanceof SoferError) || thrown.next === "stop") throw thrown;
      error = thrown;
      if (error.code === "bad-vectors" || error.code === "not-json") useless++;
      const isHalved = error.next === "split" || useless >= USELESS_ANSWERS;
      if (isHalved && left.length > 1) return inHalves(left, options);
    }
    if (!mayPass(error)) return failAll(error.next === "split" ? alone(error) : error);
    if (!(await sender.wait(backOff, error, embedder.host))) return failAll(gaveUp(error, backOff.requests));
  }
}

function sortOut(asked: readonly UnembeddedText[], outcomes: readonly (Float32Array | SoferError)[]) {
  const vectors: ChunkVector[] = [];
  const bad: UnembeddedText[] = [];
  let error: SoferError | null = null;
  for (const [at, text] of asked.entries()) {
    const outcome = outcomes[at];
    if (outcome === undefined || outcome instanceof SoferError) {
      bad.push(text);
      error = outcome ?? null;
    } else vectors.push({ key: text.key, values: outcome });
  }
  return { vectors, bad, error };
}

async function inHalves(batch: readonly UnembeddedText[], options: BatchOptions): Promise<void> {
  const middle = Math.ceil(batch.length / 2);
  await embedBatch(batch.slice(0, middle), options);
  await embedBatch(batch.slice(middle), options);
}

/** Refused although nothing else was in the request. */
function alone(error: SoferError): SoferError {
  const fields = {
    ...(error.url === null ? {} : { url: error.url }),
    ...(error.status === null ? {} : { status: error.status }),
  };
  return new SoferError("bad-item", `asked by itself: ${error.message}`, {
    hint: "the text may be too long for the model: chunks with fewer tokens, or another model",
    cause: error,
    ...fields,
  });
}
