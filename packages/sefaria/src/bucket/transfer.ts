import { SoferError, UNKNOWN_SIZE, type ErrorFields } from "@sofer/core";
import type { AnswerHead } from "../http/exchange.ts";
import { Crc32c, checksumsOf, type Checksums } from "./checksum.ts";

/** What is downloaded, and what is known of it before. */
export interface Target extends Checksums {
  readonly url: string;
  /** For messages. */
  readonly name: string;
  /** Bytes as stored, or UNKNOWN_SIZE. */
  readonly size: number;
  /** "": not pinned. */
  readonly generation: string;
  /** It was in a listing or in the published index: when it is gone, it was replaced. */
  readonly isListed: boolean;
}

/** Larger objects are not the library's: its largest file has 60 MB. */
export const MAX_STORED_BYTES = 1_000_000_000;

/**
 * One object's bytes on their way, over as many sendings as it takes: how many have come, what they sum to, and whether
 * the next sending still speaks of the same object.
 */
export class Transfer {
  readonly #target: Target;
  /** Bytes handed on. */
  received = 0;
  #md5 = new Bun.CryptoHasher("md5");
  #crc32c = new Crc32c();
  /** Of a sending that began anew: bytes before `received`, compared with what they summed to the first time. */
  #again: { readonly md5: Bun.CryptoHasher; at: number } | null = null;
  #etag: string | null = null;
  #generation: string | null = null;
  #expected: Checksum | null = null;
  #isInFlightGzip = false;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Headers for the next sending. */
  nextHeaders(): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.#isInFlightGzip) headers["accept-encoding"] = "identity";
    if (this.received === 0 || !this.#canResume()) return headers;
    headers["range"] = `bytes=${this.received}-`;
    // Where nothing is pinned, a changed object must not be continued: it is then sent from its beginning.
    if (this.#target.generation === "" && this.#etag !== null) headers["if-range"] = this.#etag;
    return headers;
  }

  /** A sending can be continued only where it can be told that it is the same object still. */
  #canResume(): boolean {
    return this.#target.generation !== "" || this.#generation !== null || this.#etag !== null;
  }

  /**
   * True when the storage service compressed the answer on its way, so that its bytes are not those that were listed:
   * it is to be asked again, for the bytes as they are.
   */
  isCompressedOnTheWay(head: AnswerHead): boolean {
    const stored = head.headers.get("x-goog-stored-content-encoding");
    if (this.#isInFlightGzip || stored !== "identity" || head.headers.get("content-encoding") !== "gzip") return false;
    this.#isInFlightGzip = true;
    return true;
  }

  /**
   * Takes the head of a successful answer.
   * @returns true when the body begins at the object's beginning though some of it came before.
   * @throws SoferError `replaced` when it speaks of another object, `body-cut` of another part, `not-json` when it is a page.
   */
  begin(head: AnswerHead): boolean {
    const { headers, status } = head;
    this.#checkPage(head);
    const generation = headers.get("x-goog-generation");
    const expected = this.#target.generation === "" ? this.#generation : this.#target.generation;
    if (generation !== null && expected !== null && generation !== expected) {
      throw this.#replaced(`it has generation ${generation}, not ${expected}`, head);
    }
    const etag = strongTag(headers.get("etag"));
    if (this.received > 0 && this.#etag !== null && etag !== null && etag !== this.#etag) {
      throw this.#replaced("its ETag changed between two parts", head);
    }
    if (status === 206) this.#checkRange(head);
    this.#checkLength(head);
    this.#generation = generation ?? this.#generation;
    this.#etag = etag ?? this.#etag;
    this.#expected ??= checksumOf(this.#target, checksumsOf(headers));
    // A repetition that was cut short says nothing of this sending.
    this.#again = null;
    if (status === 206) return false;
    if (this.received === 0) return false;
    this.#again = { md5: new Bun.CryptoHasher("md5"), at: 0 };
    return true;
  }

  /** Forgets what came: for a reader who can begin anew. */
  restart(): void {
    this.received = 0;
    this.#again = null;
    this.#md5 = new Bun.CryptoHasher("md5");
    this.#crc32c = new Crc32c();
  }

  /**
   * Takes bytes of the body.
   * @returns those that are new; empty while a sending repeats what came before.
   * @throws SoferError `replaced`, `checksum`
   */
  take(part: Uint8Array): Uint8Array {
    const fresh = this.#again === null ? part : this.#skip(part, this.#again);
    if (fresh.byteLength === 0) return fresh;
    this.received += fresh.byteLength;
    const { size } = this.#target;
    if (size !== UNKNOWN_SIZE && this.received > size) throw this.#wrong(`it is longer than the ${size} bytes listed`);
    if (this.received > MAX_STORED_BYTES) {
      throw new SoferError(
        "wire-shape",
        `${this.#target.name} is larger than ${MAX_STORED_BYTES} bytes`,
        this.#fields(),
      );
    }
    this.#md5.update(fresh);
    if (this.#expected?.kind === "crc32c") this.#crc32c.update(fresh);
    return fresh;
  }

  #skip(part: Uint8Array, again: { readonly md5: Bun.CryptoHasher; at: number }): Uint8Array {
    const repeated = part.subarray(0, this.received - again.at);
    again.md5.update(repeated);
    again.at += repeated.byteLength;
    if (again.at === this.received) {
      this.#again = null;
      if (again.md5.digest("base64") !== this.#md5.copy().digest("base64")) {
        throw this.#replaced("its beginning changed between two sendings");
      }
    }
    return part.subarray(repeated.byteLength);
  }

  /** Whether the bytes of a body that ended are all there are. @throws SoferError `body-cut` */
  checkEnd(): void {
    const { size, name } = this.#target;
    if (this.#again === null && (size === UNKNOWN_SIZE || this.received === size)) return;
    const at = this.#again?.at ?? this.received;
    throw new SoferError("body-cut", `${name} ended after ${at} of ${size} bytes`, this.#fields());
  }

  /**
   * Compares the whole with its checksum: the MD5, the CRC-32C where there is none, those of the answer where neither
   * was listed.
   * @returns false when nobody published one.
   * @throws SoferError `checksum`
   */
  verify(): boolean {
    // Nothing was sent for an object of no bytes.
    const expected = this.#expected ?? checksumOf(this.#target);
    if (expected === null) return false;
    const { kind, value } = expected;
    const got = kind === "md5" ? this.#md5.digest("base64") : this.#crc32c.digest();
    if (got !== value) throw this.#wrong(`its ${kind === "md5" ? "MD5" : "CRC-32C"} is ${got}, not ${value}`);
    return true;
  }

  #checkPage(head: AnswerHead): void {
    if (!/^text\/html\b/i.test(head.headers.get("content-type") ?? "")) return;
    throw new SoferError("not-json", `${this.#target.name} is answered with a web page`, this.#fields(head));
  }

  /** A body that cannot be the object is not begun: a mixture of both would only be found out at the end. */
  #checkLength(head: AnswerHead): void {
    const { size, name } = this.#target;
    const announced = head.headers.get("content-length");
    const due = head.status === 206 ? size - this.received : size;
    if (size === UNKNOWN_SIZE || announced === null || Number(announced) === due) return;
    throw new SoferError("body-cut", `${name} is answered with ${announced} bytes, not ${due}`, this.#fields(head));
  }

  #checkRange(head: AnswerHead): void {
    const range = head.headers.get("content-range") ?? "";
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (Number(from) !== this.received) {
      throw new SoferError(
        "body-cut",
        `${this.#target.name}: asked for bytes from ${this.received}, got "${range}"`,
        this.#fields(head),
      );
    }
    const { size } = this.#target;
    if (size !== UNKNOWN_SIZE && total !== "*" && Number(total) !== size) {
      throw this.#replaced(`it has ${total} bytes, not the ${size} listed`, head);
    }
  }

  #replaced(why: string, head?: AnswerHead): SoferError {
    return replaced(this.#target, why, this.#fields(head));
  }

  #wrong(why: string): SoferError {
    return new SoferError("checksum", `${this.#target.name} is not what was listed: ${why}`, {
      ...this.#fields(),
      hint: "it was damaged on its way, or is being written: try again later",
    });
  }

  #fields(head?: AnswerHead): ErrorFields {
    return head === undefined ? { url: this.#target.url } : { url: this.#target.url, status: head.status };
  }
}

interface Checksum {
  readonly kind: "md5" | "crc32c";
  readonly value: string;
}

/** What is compared in the end, decided before the first byte: what was listed goes before what the answer says. */
function checksumOf(...published: readonly Checksums[]): Checksum | null {
  for (const { md5, crc32c } of published) {
    if (md5 !== null) return { kind: "md5", value: md5 };
    if (crc32c !== null) return { kind: "crc32c", value: crc32c };
  }
  return null;
}

export function replaced(target: Target, why: string, fields: ErrorFields): SoferError {
  return new SoferError("replaced", `${target.name} was replaced: ${why}`, {
    ...fields,
    hint: "the export is being written anew: its folder is listed again",
  });
}

/** More than may be held in memory. */
export function tooLarge({ name, url }: Target, mostBytes: number): SoferError {
  return new SoferError("too-large", `${name} has more than ${mostBytes} bytes`, {
    url,
    hint: "a file is read whole; --max-response-mb raises the limit",
  });
}

/** A weak tag stands for like content, not for the same bytes. */
function strongTag(etag: string | null): string | null {
  return etag === null || etag === "" || etag.startsWith("W/") ? null : etag;
}
