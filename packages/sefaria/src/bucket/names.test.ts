import type { ListedObject } from "@sofer/core";
import { describe, expect, test } from "bun:test";
import { bucketNames, groupByBook, matchFolders } from "./names.ts";
import { BucketUrls, nameInUrl } from "./urls.ts";

function listed(name: string): ListedObject {
  return { name, size: 1, md5: null, crc32c: null, generation: "1", updated: "" };
}

const book = (title: string, ...categories: string[]) => ({ title, categories });

describe("names", () => {
  test("a version title loses what no file name may hold, and nothing else", () => {
    const cases = [
      ["Tanach with Ta'amei Hamikra", "Tanach with Ta'amei Hamikra.json"],
      ['A/B: C (D) <E> "F" |G? H* I\\J\r\nK', "AB C D E F G H IJK.json"],
      ["Megillat Antiochus, 2019 [fr]", "Megillat Antiochus, 2019 [fr].json"],
      ["ויקיטקסט", "ויקיטקסט.json"],
    ] as const;
    for (const [title, name] of cases) expect(bucketNames.fileNameOf(title)).toBe(name);
  });

  test("folder and schema of a book", () => {
    expect(bucketNames.folderOf(book("Genesis", "Tanakh", "Torah"))).toBe("json/Tanakh/Torah/Genesis/");
    expect(bucketNames.folderOf(book("A/B", "C"))).toBe("json/C/A/B/");
    expect(bucketNames.schemaOf("Shulchan Arukh, Even HaEzer")).toBe("schemas/Shulchan_Arukh,_Even_HaEzer.json");
  });

  test("the parts of a version file's name", () => {
    const name = "json/C/A/B/English/x [fr].json";
    expect(bucketNames.partsOf(name)).toEqual({ folder: "json/C/A/B/", language: "en", fileName: "x [fr].json" });
    const others = [
      "txt/C/A/Hebrew/x.txt",
      "json/C/A/Greek/x.json",
      "json/Hebrew/x.json",
      "schemas/A.json",
      "links/links0.csv",
    ];
    for (const other of others) expect(bucketNames.partsOf(other)).toBeNull();
  });
});

describe("folders of books", () => {
  test("files by folder, merged ones marked, what is no version file left out", () => {
    const names = [
      "current/json/C/A/Hebrew/merged.json",
      "current/json/C/A/Hebrew/x.json",
      "current/json/C/A/English/y.json",
      "current/json/C/B/Hebrew/x.json",
      "current/schemas/A.json",
      "json/C/A/Hebrew/old.json",
    ];
    const groups = groupByBook(names.map(listed), "current/");
    expect(
      [...groups].map(([folder, files]) => [
        folder,
        files.map((file) => [file.language, file.fileName, file.isMerged]),
      ]),
    ).toEqual([
      [
        "json/C/A/",
        [
          ["he", "merged.json", true],
          ["he", "x.json", false],
          ["en", "y.json", false],
        ],
      ],
      ["json/C/B/", [["he", "x.json", false]]],
    ]);
    expect(groups.get("json/C/B/")?.[0]?.object.name).toBe("current/json/C/B/Hebrew/x.json");
  });

  test("match their books by the whole path first, by the title where the path is another", () => {
    const contents = [
      book("Genesis", "Tanakh", "Torah"),
      book("B", "C", "A"),
      book("A/B", "C"),
      book("Moved", "New"),
      book("Odd", "Unknown First"),
      book("Absent", "C"),
    ];
    const { folders, unknown } = matchFolders(
      [
        "json/Tanakh/Torah/Genesis/",
        "json/Old/Moved/",
        "json/Other/Unknown First/Odd/",
        "json/C/A/B/",
        "json/Elsewhere/A/B/",
        "json/C/Not in the contents/",
        "json/Copy/Genesis/",
      ],
      contents,
    );
    expect(Object.fromEntries(folders)).toEqual({
      Genesis: "json/Tanakh/Torah/Genesis/",
      Moved: "json/Old/Moved/",
      Odd: "json/Other/Unknown First/Odd/",
      // Two books may claim one folder; the whole path of both is the same, and the later entry has it.
      "A/B": "json/C/A/B/",
    });
    expect(unknown).toEqual(["json/Elsewhere/A/B/", "json/C/Not in the contents/", "json/Copy/Genesis/"]);
  });
});

describe("addresses", () => {
  test("every part of a name is escaped, and the generation pins it", () => {
    const urls = new BucketUrls("http://host/");
    const object = urls.object({ ...listed("json/Tanakh/A?B #1/Hebrew/שלום + 100%.json"), generation: "12" });
    expect(object.url).toBe(
      "http://host/sefaria-export/json/Tanakh/A%3FB%20%231/Hebrew/%D7%A9%D7%9C%D7%95%D7%9D%20%2B%20100%25.json?generation=12",
    );
    expect(urls.object({ ...listed("a"), generation: "" }).url).toBe("http://host/sefaria-export/a");
    expect(urls.list("json/A & B/", "t=1")).toBe(
      "http://host/storage/v1/b/sefaria-export/o?prefix=json%2FA%20%26%20B%2F&maxResults=1000" +
        "&fields=items(name,size,md5Hash,crc32c,generation,updated),nextPageToken&pageToken=t%3D1",
    );
  });

  test("the index stands elsewhere for the publisher's own bucket only", () => {
    const path = "/Sefaria/Sefaria-Export/master/books.json";
    expect(new BucketUrls("https://storage.googleapis.com/").index().url).toBe(
      `https://raw.githubusercontent.com${path}`,
    );
    expect(new BucketUrls("http://host").index().url).toBe(`http://host${path}`);
  });

  test("names in the index are taken as they are, and unescaped where it escapes", () => {
    const base = "https://storage.googleapis.com/sefaria-export/";
    expect(nameInUrl(`${base}json/A?B/Hebrew/100% [fr].json`)).toBe("json/A?B/Hebrew/100% [fr].json");
    expect(nameInUrl(`${base}json/A%20B/%D7%A9.json`)).toBe("json/A B/ש.json");
    expect(nameInUrl(`${base}json/100%.json`)).toBe("json/100%.json");
    expect(nameInUrl("https://elsewhere/json/a.json")).toBeNull();
  });
});
