import { objectOf } from "../../testing/json.ts";

/** What an index takes and refuses, by its mapping. */

export type Flavor = "elasticsearch" | "opensearch";

/** An error of one line of a bulk request. */
export interface FakeItemError {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

const VECTOR_TYPES: Readonly<Record<Flavor, string>> = { elasticsearch: "dense_vector", opensearch: "knn_vector" };
const PLAIN_TYPES = ["keyword", "text", "integer", "object"];

/** Why an index with such properties is not made, or null. */
export function mappingFault(flavor: Flavor, properties: Record<string, unknown>): string | null {
  for (const [field, definition] of Object.entries(properties)) {
    const { type = "object", properties: inner, dims, dimension } = objectOf(definition);
    if (type === VECTOR_TYPES[flavor]) {
      const size = flavor === "elasticsearch" ? dims : dimension;
      if (!Number.isInteger(size) || Number(size) < 1) return `[${field}] has no dimensions`;
      if (flavor === "elasticsearch" && Number(size) > 4096) {
        return `The number of dimensions should be in the range [1, 4096] but was [${Number(size)}]`;
      }
    } else if (!PLAIN_TYPES.includes(String(type))) {
      return `No handler for type [${String(type)}] declared on field [${field}]`;
    }
    const nested = inner === undefined ? null : mappingFault(flavor, objectOf(inner));
    if (nested !== null) return nested;
  }
  return null;
}

/** Why a document is refused, or null. */
export function documentFault(
  flavor: Flavor,
  mappings: Readonly<Record<string, unknown>>,
  source: Record<string, unknown>,
): FakeItemError | null {
  return objectFault(flavor, objectOf(mappings["properties"]), source, "", mappings["dynamic"] === "strict");
}

function objectFault(
  flavor: Flavor,
  properties: Record<string, unknown>,
  source: Record<string, unknown>,
  under: string,
  isStrict: boolean,
): FakeItemError | null {
  for (const [field, value] of Object.entries(source)) {
    const definition = properties[field] === undefined ? null : objectOf(properties[field]);
    if (definition === null) {
      if (!isStrict) continue;
      const reason = `[1:1] mapping set to strict, dynamic introduction of [${under}${field}] is not allowed`;
      return { status: 400, type: "strict_dynamic_mapping_exception", reason };
    }
    const fault = valueFault(flavor, definition, value, `${under}${field}`, isStrict);
    if (fault !== null) return fault;
  }
  return null;
}

function valueFault(
  flavor: Flavor,
  definition: Record<string, unknown>,
  value: unknown,
  field: string,
  isStrict: boolean,
): FakeItemError | null {
  const refuse = (reason: string): FakeItemError => ({
    status: 400,
    type: flavor === "elasticsearch" ? "document_parsing_exception" : "mapper_parsing_exception",
    reason: `[1:1] failed to parse field [${field}]: ${reason}`,
  });
  const { type = "object", enabled, properties, dims, dimension } = definition;
  if (value === null || enabled === false) return null;
  if (type === VECTOR_TYPES[flavor]) {
    const numbers = Array.isArray(value) ? value : [];
    const size = Number(dims ?? dimension);
    if (numbers.length !== size || numbers.some((one) => typeof one !== "number")) {
      return refuse(`vector length is ${numbers.length}, and the mapping's is ${size}`);
    }
    return numbers.every((one) => one === 0)
      ? refuse("The [cosine] similarity does not support vectors with zero magnitude.")
      : null;
  }
  for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (type === "object") {
      if (typeof one !== "object" || one === null)
        return refuse("object mapping tried to parse as object, but found a concrete value");
      const fault = objectFault(flavor, objectOf(properties), objectOf(one), `${field}.`, isStrict);
      if (fault !== null) return fault;
    } else if (typeof one === "object") {
      return refuse(`Can't get text on a START_OBJECT`);
    } else if (type === "integer" && !Number.isInteger(Number(one))) {
      return refuse(`For input string: ${JSON.stringify(one)}`);
    } else if (type === "keyword" && definition["index"] !== false && Buffer.byteLength(String(one)) > 32_766) {
      return refuse(
        "Document contains at least one immense term (whose UTF8 encoding is longer than the max length 32766)",
      );
    }
  }
  return null;
}
