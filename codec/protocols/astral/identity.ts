/**
 * Identities of nodes and users: compressed secp256k1 public keys.
 *
 * On the wire an identity has 33 bytes; as a text, and as the value of the schemas here, 66 lower-case hex digits.
 *
 * @module
 */

import { bytes, CodecError, formatHex, map, parseHex, refine, type Schema } from "../../mod.ts";
import { show } from "../../text/mod.ts";

/** Bytes of an identity: the prefix 02 or 03, then the x coordinate (SEC 1, section 2.3.3). */
export const IDENTITY_BYTES = 33;

/**
 * The identity of 33 zero bytes: nobody. As the target of a query it means the local node, as a caller an unknown one.
 */
export const ZERO_IDENTITY: string = "00".repeat(IDENTITY_BYTES);

/** How JSON and people write {@link ZERO_IDENTITY}. */
export const ANYONE = "anyone";

const CANONICAL = /^[0-9a-f]{66}$/;
const KEY = /^0[23][0-9a-f]{64}$/;

/**
 * 33 bytes seen as 66 lower-case hex digits. Any 33 bytes pass; {@link strictIdentity} refuses those that cannot be a
 * key. Whether a key lies on the curve is not checked by either.
 */
export const identity: Schema<string> = map(bytes(IDENTITY_BYTES), {
  name: "identity",
  decode: formatHex,
  encode: identityBytes,
});

/** {@link identity}, with a `refused` error for what is neither zero nor begins with 02 or 03. */
export const strictIdentity: Schema<string> = refine(identity, {
  name: "a compressed public key or zero",
  test: isIdentity,
});

/** Whether a text is the canonical form of an identity that can be a key, or {@link ZERO_IDENTITY}. */
export function isIdentity(text: string): boolean {
  return KEY.test(text) || text === ZERO_IDENTITY;
}

/**
 * The identity that a text means: 66 hex digits of either case, or `anyone` for {@link ZERO_IDENTITY}.
 *
 * ```ts
 * import { parseIdentity, shortIdentity } from "warpwire/protocols/astral";
 *
 * const id = parseIdentity("03E0CB786FC4F727D2D7F135741D81E5AD0E005C0E70D97131BF13E3359012E527");
 * console.log(shortIdentity(id)); // 03e0cb78:9012e527
 * ```
 *
 * @param options `strict`: whether what cannot be a key (see {@link isIdentity}) is refused as well; false by default,
 * as for {@link identity}
 * @throws CodecError `syntax`
 */
export function parseIdentity(text: string, options: { readonly strict?: boolean } = {}): string {
  const canonical = text === ANYONE ? ZERO_IDENTITY : text.toLowerCase();
  if (!CANONICAL.test(canonical)) {
    throw new CodecError(
      "syntax",
      `Cannot read ${show(text)} as an identity: it is neither 66 hex digits nor "anyone"`,
    );
  }
  if (options.strict === true && !isIdentity(canonical)) {
    throw new CodecError("syntax", `Cannot read ${show(text)} as a public key: it begins with neither 02 nor 03`);
  }
  return canonical;
}

/** The first and the last eight digits with a colon between them, the name of a node that has no alias. */
export function shortIdentity(identity: string): string {
  return `${identity.slice(0, 8)}:${identity.slice(-8)}`;
}

function identityBytes(text: string): Uint8Array {
  if (typeof text !== "string" || !CANONICAL.test(text)) {
    throw new CodecError("syntax", `Cannot write ${show(text)} as an identity: it must be 66 lower-case hex digits`);
  }
  return parseHex(text);
}
