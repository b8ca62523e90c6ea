import { t } from "elysia";

/** Words that every resource uses. Times are ms since the epoch; what may be unknown is null. */

/** Most rows of one answer. */
export const MAX_PAGE = 500;
/** Longest title, ref or query that is looked at. */
export const MAX_WORDS = 500;

export const Language = t.Union([t.Literal("he"), t.Literal("en")]);

/** What went wrong, and what may be done about it. */
export const Problem = t.Object({
  code: t.String({ description: "what happened, one word: not-found, invalid, unauthorised, forbidden …" }),
  message: t.String(),
  hint: t.String(),
});

/** `after` of the next page; null: this was the last. */
export const Next = t.Nullable(t.String());

export const pageQuery = {
  limit: t.Integer({ minimum: 1, maximum: MAX_PAGE, default: 100 }),
  after: t.Optional(t.String({ maxLength: MAX_WORDS, description: "`next` of the page before" })),
};
export const words = (description: string) => t.String({ minLength: 1, maxLength: MAX_WORDS, description });
