export { tallyAnswer } from "./conservation.ts";
export type { SentRequest } from "./http/exchange.ts";
export { httpStack, type HttpOptions } from "./http/stack.ts";
export { parseContents } from "./parse/contents.ts";
export { parseOutline } from "./parse/outline.ts";
export { parseSchema, type ParsedSchema } from "./parse/schema.ts";
export { parseVersionMeta } from "./parse/version-meta.ts";
export { createServiceSource, type ServiceSourceOptions } from "./source-service.ts";
export { exactTitleCanBeAsked } from "./url.ts";
