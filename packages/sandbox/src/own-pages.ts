import type { Embeddings } from "./embeddings/embeddings.ts";
import { EmbeddingFaultError, readEmbeddingFaults } from "./embeddings/rule.ts";
import { EditError } from "./edits/edit.ts";
import { readEdits } from "./edits/read-edit.ts";
import type { FiredRule } from "./faults/faults.ts";
import { FaultError, readFaultRules } from "./faults/read-rules.ts";
import type { FaultRule } from "./faults/rule.ts";
import type { Stand } from "./stand.ts";
import type { Meter } from "./stats.ts";

/** What the sandbox's own pages, under `/_sandbox/`, show and change. */
export interface OwnParts {
  readonly meter: Meter;
  readonly stand: Stand;
  readonly faults: () => readonly FiredRule[];
  readonly setFaults: (rules: readonly FaultRule[]) => void;
  readonly outage: (ms: number) => void;
  readonly embeddings: Embeddings;
}

/**
 * | page | GET | POST |
 * |---|---|---|
 * | `stats` | counts since the start or the last reset | |
 * | `requests` | every request, where they are logged | |
 * | `reset` | | counts begin anew |
 * | `edit` | | changes what is published |
 * | `faults` | the rules, and how often each fired | rules take the place of those before |
 * | `embeddings` | counts of `/v1/embeddings` | what goes wrong with it from now on |
 * | `outage` | | `{"seconds": 30}`: nobody is listened to for so long |
 */
export async function ownPage(url: URL, request: Request, parts: OwnParts): Promise<Response> {
  const { meter, stand } = parts;
  const page = `${request.method} ${url.pathname.slice("/_sandbox/".length)}`;
  try {
    switch (page) {
      case "GET stats":
        return Response.json(meter.stats());
      case "GET requests":
        return Response.json(meter.log());
      case "POST reset":
        meter.reset();
        parts.embeddings.reset();
        return Response.json(meter.stats());
      case "POST edit": {
        // All of them, or those before the first that cannot be done.
        const edits = readEdits(JSON.parse(await request.text()));
        stand.edit(edits);
        return Response.json({ edits: edits.length });
      }
      case "GET faults":
        return Response.json(parts.faults());
      case "POST faults":
        parts.setFaults(readFaultRules(JSON.parse(await request.text())));
        return Response.json(parts.faults());
      case "GET embeddings":
        return Response.json(parts.embeddings.stats());
      case "POST embeddings":
        parts.embeddings.setFaults(readEmbeddingFaults(JSON.parse(await request.text())));
        return Response.json(parts.embeddings.stats());
      case "POST outage": {
        const seconds = secondsOf(JSON.parse(await request.text()));
        parts.outage(seconds * 1000);
        return Response.json({ seconds });
      }
      default:
        return new Response("not a page of the sandbox", { status: 404 });
    }
  } catch (error) {
    const isTheirs = [EditError, FaultError, EmbeddingFaultError, SyntaxError].some((kind) => error instanceof kind);
    if (isTheirs && error instanceof Error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
    throw error;
  }
}

function secondsOf(body: unknown): number {
  const seconds = typeof body === "object" && body !== null && "seconds" in body ? body.seconds : null;
  if (typeof seconds === "number" && seconds > 0) return seconds;
  throw new FaultError('an outage is {"seconds": N}, N above 0');
}
