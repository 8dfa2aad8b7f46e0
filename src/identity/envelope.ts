/**
 * Makes signed envelopes of storjnode, and opens them if the signature is the sender's.
 *
 * Their bytes are those of `codec/protocols/storj`. The received bytes are checked: a text that arrived
 * as bin differs from one that arrived as str, although both mean the same.
 *
 * @module
 */

import {
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  ENVELOPE_VERSION,
  signedBytes,
} from "../../codec/protocols/storj/mod.ts";
import { CodecError } from "../../codec/mod.ts";
import { type MsgpackValue, pack, Packed, unpack } from "../../codec/msgpack/mod.ts";
import { equalBytes } from "../bytes.ts";
import { recoverSigner, signMessage, type SignOptions } from "./bitcoin-message.ts";
import { IdentityError } from "./error.ts";
import type { Identity } from "./identity.ts";
import type { PublicIdentity } from "./public-identity.ts";

/**
 * Why an envelope is not opened: it has more than 519 bytes (`size`), is not an array of five values that ends where
 * the bytes do (`form`), its sender is not 20 bytes as bin (`sender`), its version no integer from 0 on (`version`), or
 * its signature not 65 bytes as bin, or not the sender's (`signature`).
 */
export type EnvelopeFault = "size" | "form" | "sender" | "version" | "signature";

/** An envelope with the one who signed it, or why there is none. */
export type OpenedEnvelope =
  | { readonly ok: true; readonly envelope: Envelope; readonly signer: PublicIdentity }
  | { readonly ok: false; readonly fault: EnvelopeFault };

/**
 * The bytes of a signed envelope of version 1. It contains neither a time nor a recipient: it can be sent again by
 * anybody who has it.
 *
 * ```ts
 * import { Identity, openEnvelope, signEnvelope } from "warpwire/identity";
 *
 * const me = Identity.generate();
 * const opened = openEnvelope(signEnvelope(me, "signal", "request_peers"));
 * console.log(opened.ok && opened.signer.address === me.address); // true
 * ```
 *
 * @param token what the message is. A text becomes str and bytes become bin, which are signed differently; the programs
 * of 2015 write texts as bin. What is packed already stays as it is
 * @param body what the token says it is
 * @throws CodecError `limit` for more than 519 bytes; `refused` for a body with a map, whose order programs do not keep
 */
export function signEnvelope(
  identity: Identity,
  token: string | Uint8Array | Packed,
  body: MsgpackValue | Packed,
  options?: SignOptions,
): Uint8Array {
  const parts = { version: ENVELOPE_VERSION, token: packed(token), body: packed(body) };
  if (hasMap(unpack(parts.body))) {
    throw new CodecError("refused", "Cannot sign a map: programs do not keep its order", { path: "body" });
  }
  const signature = signMessage(identity, signedBytes(parts), options);
  return encodeEnvelope({ ...parts, sender: identity.nodeId, signature }, { owned: true });
}

/**
 * Opens an envelope if its signature is the sender's; never throws, whatever the bytes are. What token and body say is
 * not looked at. Parts of the envelope are views of the bytes.
 */
export function openEnvelope(bytes: Uint8Array): OpenedEnvelope {
  let envelope: Envelope;
  try {
    envelope = decodeEnvelope(bytes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { ok: false, fault: faultOf(error) };
  }
  try {
    const signer = recoverSigner(envelope.signedBytes, envelope.signature);
    if (equalBytes(signer.nodeId, envelope.sender)) return { ok: true, envelope, signer };
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
  }
  return { ok: false, fault: "signature" };
}

function faultOf({ code, path }: CodecError): EnvelopeFault {
  if (path === "sender" || path === "version" || path === "signature") return path;
  return code === "limit" && path === "" ? "size" : "form";
}

function packed(value: MsgpackValue | Packed): Packed {
  return value instanceof Packed ? value : pack(value);
}

/** Whether there is a map in a value. How deep it goes was limited when it was packed. */
function hasMap(value: MsgpackValue): boolean {
  if (Array.isArray(value)) return value.some(hasMap);
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
