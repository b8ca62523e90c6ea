import { Secret, SoferError, type Secrets, type SinkKind } from "@sofer/core";
import { addressOf, headerSecret } from "../connection.ts";
import { ElasticApi } from "./api.ts";
import { ElasticSink } from "./sink.ts";

const KIND = "elasticsearch";
const KEY = "ELASTICSEARCH_API_KEY";
const USERNAME = "ELASTICSEARCH_USERNAME";
const PASSWORD = "ELASTICSEARCH_PASSWORD";

export const elasticsearchKind: SinkKind = {
  kind: KIND,
  summary: "an index of Elasticsearch 8 or later, or OpenSearch 2 or later",
  vectors: "optional",
  profile: "lexical",
  mainOption: "url",
  options: [
    { name: "url", meaning: "Address of the server.", default: null },
    { name: "index", meaning: "The index; it is made when it is missing.", default: "sofer" },
  ],
  secrets: [KEY, USERNAME, PASSWORD],
  async open({ url: given, index = "sofer" }, { name, secrets, clock, timeoutMs }) {
    if (given === undefined) throw new SoferError("usage", `the sink ${KIND} needs url`);
    const url = addressOf(KIND, "url", given, `${KEY}, or ${USERNAME} and ${PASSWORD}`);
    // A name with * or , would stand for several indexes; one that begins with _ for something else.
    if (!/^[a-z0-9][a-z0-9._-]{0,254}$/.test(index)) {
      throw new SoferError("usage", `the sink ${KIND}: index is not small letters, digits, . _ and -`);
    }
    const { authorization, redact } = credentials(secrets);
    const api = new ElasticApi({ url, index, authorization, redact, clock, timeoutMs });
    return new ElasticSink({ name, index, host: new URL(url).host }, api);
  },
};

/** A key before a name and a password; none where there are none, as with a server of one's own. */
function credentials(secrets: Secrets): { authorization: Secret | null; redact: (text: string) => string } {
  const key = headerSecret(secrets, KEY);
  if (key !== null) {
    return { authorization: new Secret(`ApiKey ${key.reveal()}`), redact: (text) => key.redact(text) };
  }
  const username = secrets.find(USERNAME);
  if (username === null && secrets.find(PASSWORD) === null) return { authorization: null, redact: (text) => text };
  const password = secrets.need(PASSWORD);
  const pair = `${(username ?? secrets.need(USERNAME)).reveal()}:${password.reveal()}`;
  // RFC 7617, with UTF-8: any letter may stand in a password.
  const encoded = new Secret(Buffer.from(pair).toString("base64"));
  return {
    authorization: new Secret(`Basic ${encoded.reveal()}`),
    redact: (text) => password.redact(encoded.redact(text)),
  };
}
