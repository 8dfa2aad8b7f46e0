/**
 * Signed messages of our own: envelopes with the token `warpwire`, which programs that do not know it ignore.
 *
 * Their body is `[kind, destination, time, confirm, content]`. The destination keeps a message from being shown to somebody
 * else, and the time from being shown again later: an envelope itself has neither.
 *
 * @module
 */

import { CodecError } from "../../mod.ts";
import {
  bin,
  boolean,
  decodeMsgpack,
  encodeMsgpack,
  type MsgpackShape,
  namedTuple,
  Packed,
  textLike,
  uint,
} from "../../msgpack/mod.ts";
import { type SignedParts, tokenText } from "./envelope.ts";
import { id } from "./shapes.ts";

/** The token of these envelopes. */
export const RELAYED_TOKEN = "warpwire";

/**
 * What the content is: the msgpack of a `message`; the same, `sealed` for its destination; or, for a message that has been
 * `seen`, the SHA-256 of its sender and of what was signed of it. A `call` asks its destination to send the same content back
 * as `called`, straight to the sender.
 */
export type RelayedKind = "message" | "sealed" | "seen" | "call" | "called";

const KINDS: ReadonlySet<string> = new Set<RelayedKind>(["message", "sealed", "seen", "call", "called"]);

/** What such an envelope says. */
export interface Relayed {
  readonly kind: RelayedKind;
  /** The id of the node that it is for, 20 bytes. */
  readonly destination: Uint8Array;
  /** When the sender made it, in milliseconds since 1970; no two messages of one sender have the same. */
  readonly time: number;
  /** Whether the sender wants to know that it has come. */
  readonly confirm: boolean;
  /** As bytes, since what is signed must not have a map in it. */
  readonly content: Uint8Array;
}

const relayedShape: MsgpackShape<Omit<Relayed, "kind"> & { readonly kind: string }> = namedTuple({
  kind: textLike("str"),
  destination: id,
  time: uint,
  confirm: boolean,
  content: bin(),
});

/** The body to be signed with the token {@link RELAYED_TOKEN}. */
export function relayedBody(relayed: Relayed): Packed {
  return new Packed(encodeMsgpack(relayedShape, relayed, { owned: true }));
}

/** What an envelope of our own says; undefined for other tokens, other kinds, and what is none. */
export function readRelayed(envelope: Pick<SignedParts, "token" | "body">): Relayed | undefined {
  if (tokenText(envelope) !== RELAYED_TOKEN) return undefined;
  try {
    const { kind, ...relayed } = decodeMsgpack(relayedShape, envelope.body.bytes);
    return isKind(kind) ? { kind, ...relayed } : undefined;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function isKind(kind: string): kind is RelayedKind {
  return KINDS.has(kind);
}
