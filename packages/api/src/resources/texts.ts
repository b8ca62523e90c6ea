import { Elysia, t } from "elysia";
import type { ApiContext } from "../context.ts";
import { notFound } from "../problem.ts";
import { Language, Problem, words } from "../schemas/common.ts";
import { ChunkPage, LinkAnswer, SearchAnswer, SegmentPage } from "../schemas/texts.ts";
import { searchTexts } from "../search.ts";

/** A search may take tens of ms in a large library: who types the same within this gets the same. */
const SEARCH_FRESH_MS = 1_000;
/** Longest query that is looked for. */
const MAX_QUERY = 200;

const limitOf = (most: number, usual: number) => t.Integer({ minimum: 1, maximum: most, default: usual });
const ref = words("a place, such as Genesis 1:1-5 or בראשית א׳:א׳");

/** What the library holds: found by words, or by its place. */
export function texts(context: ApiContext) {
  const { library, status, cache } = context;
  const unknown = (asked: string) => notFound(`no book of the library has "${asked}"`, "as in Genesis 1:1");
  return new Elysia({ tags: ["texts"] })
    .get(
      "/api/search",
      ({ query: { q, ...filter } }) =>
        cache.get(`search ${JSON.stringify([q, filter])}`, () => searchTexts(context, q, filter), SEARCH_FRESH_MS),
      {
        query: t.Object({
          q: t.String({ minLength: 1, maxLength: MAX_QUERY, description: "words, Hebrew with or without vowel marks" }),
          limit: limitOf(100, 20),
          language: t.Optional(Language),
          title: t.Optional(words("of one book only")),
          license: t.Optional(t.String({ maxLength: MAX_QUERY, description: "exactly as published" })),
        }),
        response: { 200: SearchAnswer },
        detail: { summary: "segments by their words, with the licence of each text" },
      },
    )
    .get(
      "/api/segments",
      ({ query: { ref, limit, after, language } }) => {
        const place = status.find(ref);
        if (place === null) return unknown(ref);
        const { items, next } = status.segments(place, {
          limit,
          ...(after === undefined ? {} : { next: after }),
          ...(language === undefined ? {} : { language }),
        });
        const { title } = place;
        return { ref: place.ref, items: items.map((item) => ({ ...item, title, texts: [...item.texts] })), next };
      },
      {
        query: t.Object({
          ref,
          limit: limitOf(500, 100),
          after: t.Optional(t.String({ pattern: "^(?:[0-9a-f]{8}){1,32}$", description: "`next` of the page before" })),
          language: t.Optional(Language),
        }),
        response: { 200: SegmentPage, 404: Problem },
        detail: { summary: "segments of a place, each with its texts in all versions" },
      },
    )
    .get(
      "/api/chunks",
      ({ query: { ref, limit, profile } }) => {
        const place = status.find(ref);
        if (place === null) return unknown(ref);
        const { items, isCut } = status.chunks(place, { limit, ...(profile === undefined ? {} : { profile }) });
        return {
          ref: place.ref,
          isCut,
          items: items.map((chunk) => ({
            ...chunk,
            refs: [...chunk.refs],
            spans: [...chunk.spans],
            links: [...chunk.links],
          })),
        };
      },
      {
        query: t.Object({ ref, limit: limitOf(200, 50), profile: t.Optional(words("of one profile only")) }),
        response: { 200: ChunkPage, 404: Problem },
        detail: { summary: "chunks that hold something of a place" },
      },
    )
    .get(
      "/api/links",
      ({ query: { ref, limit, type } }) => {
        const place = status.find(ref);
        if (place === null) return unknown(ref);
        const { total, links } = library.expand(place.title, place.ref, {
          types: type === undefined ? null : [type],
          limit,
        });
        const items = links.map(({ path: _path, ...link }) => ({ ...link, texts: [...link.texts] }));
        return { ref: place.ref, total, items };
      },
      {
        query: t.Object({ ref, limit: limitOf(500, 100), type: t.Optional(words("such as commentary")) }),
        response: { 200: LinkAnswer, 404: Problem },
        detail: { summary: "what a place is linked with, from either side" },
      },
    );
}
