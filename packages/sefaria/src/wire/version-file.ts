/**
 * `json/{categories}/{title}/{Hebrew|English}/{version title}.json`: one version of one book, its metadata beside the
 * text. A simple book's text is a jagged array, beside `sectionNames`; a complex book's is keyed by English node
 * titles, the default node by "", beside `schema`, which names the nodes. `merged.json` adds `versions`, what it was
 * merged of.
 *
 *     {"language":"he","title":"Chofetz Chaim","versionTitle":"Chofetz Chaim","versionSource":"https://…","status":null,
 *      "license":"CC-BY-SA","actualLanguage":"he","heTitle":"…","categories":["Halakhah"],"text":{"Preface":[…], …
 */
import * as v from "valibot";
import { checker } from "./check.ts";

const VersionFile = v.object({ title: v.string(), language: v.picklist(["he", "en"]), text: v.unknown() });

export const checkVersionFile = checker(VersionFile, "the version file");
