/**
 * Offers that want to do harm, made from a seed: paths that lead elsewhere, ids, sizes and modes that cannot be, and
 * documents that are not lists of files.
 *
 * @module
 */

import { pick } from "../codec/arbitrary/random.ts";
import type { RandomSource } from "../codec/schema/extension.ts";
import { encode } from "../codec/mod.ts";
import { dialects, type Info, type Port, requestSchema } from "../codec/protocols/warpdrive/mod.ts";
import { DEFERRED_HASH } from "../src/warpdrive/files/mod.ts";

/** An offer on the wire. */
export interface HostileOffer {
  readonly port: Port;
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The ports of all dialects on which offers are sent. */
const PORTS: readonly Port[] = Object.values(dialects).flatMap(({ ports }) =>
  ports.filter(({ commands }) => commands.some(({ name }) => name === "sendOffer"))
);

const HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const IDS = ["", ".", "..", "../../victim", "/etc/passwd", "a\0b", "in 66", "x".repeat(255), "\u202e", "é\n", "%2e"];
/** Names that some system takes for something else. */
const NAMES = [
  ...["..", ".", "", "C:", "con", ".warpwire", ".WARPWIRE", "a\0", "\u0000", "...", "~", "$HOME", "`id`", "-rf", "*"],
  ...["..\\victim", "\\\\host\\x", "\u2215", "\u2024\u2024", "e\u0301", "é", "nul.txt", "a:stream", "x.part"],
  ...["x".repeat(255), "x".repeat(256), "€".repeat(86), "\u202egnp.exe", "__proto__", "\x1b[2J", "a\nb"],
];
/** Names of the download folder: links that lead out of it, and files that are there. */
const THERE = ["link", "dead", "victim-link", "file", "folder"];
const PLAIN = ["a", "b", "c", "d.txt"];
const SIZES = [1, 0, 3, 10, 100, 3000, 20_000];
const STRANGE_SIZES = [-1, 2 ** 40, 2 ** 53 - 1, -(2 ** 53 - 1)];
const MODES = [0o644, 0o755, 0, 0o7777, 0o4755, 2 ** 32 - 1, 2 ** 31 + 0o777];
/** Tokens that take the place of others in a document. */
const TOKENS = [
  ...[
    "null",
    "true",
    "[]",
    "{}",
    '""',
    "-0",
    "1e400",
    "1.5",
    "9223372036854775807",
    "9223372036854775808",
    "01",
    "NaN",
  ],
  ...['"\\ud800"', '"\\u0000"', '"\\x"', '"', "[", "}", "//", "0x10", "\u00a0", "-", "1e", `"${"y".repeat(5000)}"`],
  ...["[".repeat(3000), '{"a":'.repeat(2000), `[${"0,".repeat(3000)}0]`, "9".repeat(400)],
];

/** Makes hostile offers. `outside` are absolute paths of things that nobody may reach. */
export class HostileOffers {
  readonly #choose: RandomSource;
  readonly #outside: readonly string[];

  constructor(choose: RandomSource, outside: readonly string[]) {
    this.#choose = choose;
    this.#outside = outside;
  }

  /** The next offer. */
  next(): HostileOffer {
    const port = pick(this.#choose, PORTS);
    const id = this.#choose(3) === 0 ? pick(this.#choose, IDS) : `offer ${this.#choose(1e6)}`;
    const files = Array.from({ length: this.#count() }, () => this.#entry());
    const bytes = encode(requestSchema(port), { command: "sendOffer", offerId: id, files });
    return { port, id, bytes: this.#choose(2) > 0 ? bytes : this.#mangled(bytes, port, id) };
  }

  #count(): number {
    const kind = this.#choose(99);
    if (kind === 0) return 1000 + this.#choose(2000);
    return kind < 5 ? 0 : 1 + this.#choose(5);
  }

  #entry(): Info {
    const Uri = this.#path();
    return {
      Uri,
      Path: this.#choose(2) === 0 ? pick(this.#choose, this.#outside) : Uri,
      Size: pick(this.#choose, this.#choose(30) === 0 ? STRANGE_SIZES : SIZES),
      IsDir: this.#choose(3) === 0,
      Perm: pick(this.#choose, MODES),
      Mime: this.#choose(9) === 0 ? "\x1b]0;x\x07" : "",
      Name: pick(this.#choose, [...PLAIN, ...NAMES]),
      ...(this.#choose(5) === 0 &&
        { Sha256: pick(this.#choose, [HASH, HASH.toUpperCase(), DEFERRED_HASH, "", "0", "../x"]) }),
    };
  }

  #path(): string {
    const choose = this.#choose;
    const kind = choose(9);
    if (kind === 0) return pick(choose, this.#outside);
    if (kind === 1) return `${"../".repeat(1 + choose(8))}${pick(choose, ["victim", "outside/a", "tmp/x"])}`;
    const lists = kind === 2 ? [NAMES, PLAIN] : kind < 5 ? [THERE, PLAIN] : [PLAIN];
    return Array.from({ length: 1 + choose(2) }, () => pick(choose, pick(choose, lists))).join("/");
  }

  /** The same offer with a document that was changed as text, or with bytes that were. */
  #mangled(bytes: Uint8Array, port: Port, offerId: string): Uint8Array {
    const choose = this.#choose;
    const empty = encode(requestSchema(port), { command: "sendOffer", offerId, files: [] });
    // What is before the document, which is `[]` and a newline.
    const head = bytes.subarray(0, empty.length - 3);
    let text = new TextDecoder().decode(bytes.subarray(head.length));
    for (let count = 1 + choose(2); count > 0; count--) text = this.#changed(text);
    const document = new TextEncoder().encode(text);
    const mangled = new Uint8Array(head.length + document.length);
    mangled.set(head);
    mangled.set(document, head.length);
    if (choose(3) === 0) mangled[choose(mangled.length - 1)] = choose(255);
    return choose(5) === 0 ? mangled.subarray(0, choose(mangled.length)) : mangled;
  }

  #changed(text: string): string {
    const choose = this.#choose;
    const token = pick(choose, TOKENS);
    const places = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|true|false|[{}[\],:]/g)];
    if (places.length === 0) return token;
    const { index, 0: found } = pick(choose, places);
    const [before, after] = [text.slice(0, index), text.slice(index + found.length)];
    const kind = choose(3);
    if (kind === 0) return before + token + after;
    if (kind === 1) return `${before}${found}${token}${after}`;
    if (kind === 2) return before + after;
    return text.replace(found, found.toLowerCase()) + pick(choose, ["", token, text]);
  }
}
