import type { ComponentChildren } from "preact";

/** Words of one language inside a line of another: their direction stays theirs, and does not spill. */
export function Words({ of, children }: { readonly of: "he" | "en"; readonly children: ComponentChildren }) {
  return (
    <bdi lang={of} dir={of === "he" ? "rtl" : "ltr"} class={of === "he" ? "hebrew" : ""}>
      {children}
    </bdi>
  );
}

/** English and Hebrew name of one thing. */
export function Names({ en, he }: { readonly en: string; readonly he: string | null }) {
  return (
    <span class="names">
      <Words of="en">{en}</Words>
      {he === null || he === "" ? null : (
        <>
          {" "}
          <Words of="he">{he}</Words>
        </>
      )}
    </span>
  );
}
