import { SoferError, type SinkKind } from "@sofer/core";
import { openJsonlSink } from "./sink.ts";

export const jsonlKind: SinkKind = {
  kind: "jsonl",
  summary: "a file of JSON lines, one for each chunk",
  vectors: "optional",
  profile: "vector",
  mainOption: "path",
  options: [{ name: "path", meaning: "The file.", default: null }],
  secrets: [],
  open({ path }, { name }) {
    if (path === undefined) return Promise.reject(new SoferError("usage", "the sink jsonl needs a path"));
    return Promise.resolve(openJsonlSink(path, name));
  },
};
