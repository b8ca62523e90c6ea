/** An answer before it is sent: body already as text. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const JSON_TYPE = "application/json; charset=utf-8";
const HTML_TYPE = "text/html; charset=utf-8";

export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(value) };
}

/** A body that was made before. */
export function jsonTextAnswer(body: string): Answer {
  return { status: 200, contentType: JSON_TYPE, body };
}

export function htmlAnswer(status: number, heading: string): Answer {
  const page = `<!DOCTYPE html><html><head><title>${heading}</title></head><body><h1>${heading}</h1></body></html>`;
  return { status, contentType: HTML_TYPE, body: page };
}

/** Thrown where an answer is worked out, sent where it is served. */
export class AnswerError extends Error {
  readonly answer: Answer;

  constructor(answer: Answer, message: string) {
    super(message);
    this.name = "AnswerError";
    this.answer = answer;
  }
}

/** `{"error": …}` with a status; many endpoints send it with 200 (sefaria-api, section 9). */
export function errorAnswer(status: number, message: string): AnswerError {
  return new AnswerError(jsonAnswer({ error: message }, status), message);
}
