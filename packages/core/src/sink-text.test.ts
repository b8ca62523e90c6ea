import { expect, test } from "bun:test";
import { SoferError } from "./errors.ts";
import type { SinkKind } from "./sink.ts";
import { parseSinkText } from "./sink-text.ts";

const kindOf = (kind: string, mainOption: string | null, options: SinkKind["options"]): SinkKind => ({
  kind,
  summary: "",
  vectors: "optional",
  profile: "vector",
  mainOption,
  options,
  secrets: ["DATABASE_URL"],
  open: () => Promise.reject(new Error("not opened here")),
});
const KINDS = [
  kindOf("jsonl", "path", [{ name: "path", meaning: "The file.", default: null }]),
  kindOf("remote", "url", [
    { name: "url", meaning: "The address.", default: "http://127.0.0.1:9200" },
    { name: "index", meaning: "The index.", default: null, isOptional: true },
  ]),
];
const parse = (text: string) => parseSinkText(text, KINDS, ["vector", "lexical"]);

test.each([
  ["jsonl=a b/c.jsonl", "jsonl", "vector", { path: "a b/c.jsonl" }],
  ["jsonl=path=x,name=second,profile=lexical", "second", "lexical", { path: "x" }],
  ["jsonl=a=b.jsonl", "jsonl", "vector", { path: "a=b.jsonl" }],
  ["jsonl=one\\,two", "jsonl", "vector", { path: "one,two" }],
  ["remote", "remote", "vector", { url: "http://127.0.0.1:9200" }],
  ["remote=https://host/?a=b,index=chunks", "remote", "vector", { url: "https://host/?a=b", index: "chunks" }],
] as const)("%s", (text, name, profile, options) => {
  expect(parse(text)).toMatchObject({ name, profile, options, text });
});

test.each([
  ["jsnol=x", "did you mean jsonl?"],
  ["jsonl", "The file."],
  ["jsonl=x,paht=y", "did you mean path?"],
  ["jsonl=x,y", "options are path, name, profile"],
  ["jsonl=x,name=a b", "letters, digits"],
  ["jsonl=x,profile=big", "there are vector, lexical"],
  ["remote=https://me:secret@host/", "put it into DATABASE_URL"],
])("%s is refused", (text, hint) => {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof SoferError)) throw error;
    expect(error.hint).toContain(hint);
    expect(error.message).not.toContain("secret");
    return;
  }
  throw new Error("nothing was refused");
});
