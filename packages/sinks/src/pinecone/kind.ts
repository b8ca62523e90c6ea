import { SoferError, type SinkKind } from "@sofer/core";
import { addressOf, headerSecret } from "../connection.ts";
import { PineconeApi } from "./api.ts";
import { PineconeSink } from "./sink.ts";

const METRICS = ["cosine", "dotproduct", "euclidean"];
const SECRET = "PINECONE_API_KEY";

export const pineconeKind: SinkKind = {
  kind: "pinecone",
  summary: "a namespace of a Pinecone index",
  vectors: "required",
  profile: "vector",
  mainOption: "index",
  options: [
    { name: "index", meaning: "The index; it is made when it is missing.", default: null },
    { name: "namespace", meaning: "The namespace in it that is ours.", default: "sofer" },
    {
      name: "metric",
      meaning: `How vectors are compared: ${METRICS.join(", ")}; a new index gets cosine without it.`,
      default: null,
      isOptional: true,
    },
    { name: "cloud", meaning: "Where a new index is made.", default: "aws" },
    { name: "region", meaning: "Where a new index is made.", default: "us-east-1" },
    {
      name: "host",
      meaning: "The index's own address; without it the control plane is asked for it.",
      default: null,
      isOptional: true,
    },
    { name: "control", meaning: "Address of the control plane.", default: "https://api.pinecone.io" },
  ],
  secrets: [SECRET],
  async open(options, { name, secrets, clock, timeoutMs }) {
    const { index, namespace = "sofer", metric = null, cloud = "aws", region = "us-east-1" } = options;
    if (index === undefined || !/^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$/.test(index)) {
      throw new SoferError("usage", `the sink pinecone needs index: up to 45 small letters, digits and -`);
    }
    if (namespace === "" || !/^[\x21-\x7e]+$/.test(namespace)) {
      throw new SoferError("usage", "the sink pinecone: namespace is not letters, digits and signs");
    }
    if (metric !== null && !METRICS.includes(metric)) {
      throw new SoferError("usage", `the sink pinecone: metric is not one of ${METRICS.join(", ")}`);
    }
    const control = addressOf("pinecone", "control", options["control"] ?? "https://api.pinecone.io", SECRET);
    const given = options["host"];
    const host =
      given === undefined
        ? null
        : addressOf("pinecone", "host", /^https?:/.test(given) ? given : `https://${given}`, SECRET);
    const key = headerSecret(secrets, SECRET) ?? secrets.need(SECRET);
    const api = new PineconeApi({ control, namespace, key, clock, timeoutMs });
    return new PineconeSink({ name, index, host, control, metric, cloud, region }, api);
  },
};
