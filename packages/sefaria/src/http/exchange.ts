/**
 * One GET and its whole answer. The layers of the stack are functions from Exchange to Exchange; an answer is whole
 * (not a stream) because a body cut in the middle must be retried like a refused connection.
 */
export interface GetRequest {
  readonly url: string;
  readonly signal?: AbortSignal;
  /** The caller can ask in smaller parts: an answer that stays too slow is then `too-slow`, not a plain failure. */
  readonly canSplit: boolean;
  /** Sent besides those of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called when the status line and headers are in; ends the wait for the first byte. */
  readonly headersArrived?: () => void;
}

/** What any answer begins with; the layers that look no further serve whole answers and open ones alike. */
export interface AnswerHead {
  /** The URL that answered, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
}

export interface Answer extends AnswerHead {
  readonly body: string;
  /** Decoded size of the body in bytes. */
  readonly bytes: number;
}

/** An answer that was checked to be JSON, without an error inside. */
export interface JsonAnswer extends Answer {
  readonly json: unknown;
}

export type Exchange<T extends AnswerHead = Answer> = (request: GetRequest) => Promise<T>;

/** One sending, successful or not, as an observer sees it. */
export interface SentRequest {
  readonly url: string;
  /** 0 when no answer came. */
  readonly status: number;
  readonly bytes: number;
  /** From sending to the end of the body, milliseconds. */
  readonly ms: number;
  /** Wall-clock time of sending, milliseconds since the epoch, with fractions. */
  readonly sentAt: number;
}
