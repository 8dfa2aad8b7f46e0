/**
 * Calls of our own. The programs of 2015, 2016 and today leave requests with unknown names without an answer, so that
 * these calls disturb nobody; what a node can is asked with `warpwire_hello`, and unknown answers to it are ignored.
 *
 * A later call gets a name and a capability of its own: the arguments of these do not change.
 *
 * @module
 */

import {
  boolean,
  bytesLike,
  encodeMsgpack,
  intBetween,
  mapOf,
  namedTuple,
  type Packed,
  packed,
  tagged,
  uint,
} from "../../msgpack/mod.ts";
import { BOTH, type Rpc, rpc } from "./call.ts";
import { SIGNATURE_BYTES } from "./envelope.ts";
import { type Address, addressShape, type Contact, contactShape, id } from "./shapes.ts";

/** The version of the calls on this page, as nodes report it. */
export const EXTENSION_VERSION = 1;

/** What a node can do besides what the originals do: a bit for each, of which others are to be ignored. */
export const CAPABILITIES = Object.freeze({
  /** Recognises a request that arrives again and does not run it twice: every call may be sent again. */
  repeats: 1,
  /** Answers `warpwire_store`. */
  age: 2,
  /** Answers `warpwire_prove`. */
  prove: 4,
  /** Keeps signed values from being overwritten by strangers. */
  signed: 8,
  /** Takes streams whose pieces have numbers: answers `warpwire_stream_open`. */
  window: 16,
  /** Agrees on who is neighbour of whom in pub/sub: answers `warpwire_filters`. */
  quasar: 32,
});

/** One of {@link CAPABILITIES}. */
export type Capability = keyof typeof CAPABILITIES;

/** What a node says about itself. */
export interface Hello {
  /** {@link EXTENSION_VERSION} of the node. */
  readonly version: number;
  /** The sum of its {@link CAPABILITIES}, and of those that are not known yet. */
  readonly capabilities: number;
}

/** Bytes of a challenge: so many that none comes up twice. */
export const CHALLENGE_BYTES = 32;

/** Bytes of a public key: always the compressed form; the header of a signature says which form the node id is of. */
export const PUBLIC_KEY_BYTES = 33;

/** The answer to a challenge. */
export interface Proof {
  /** 33 bytes. */
  readonly publicKey: Uint8Array;
  /** Where the answering node saw the request come from. */
  readonly caller: Address;
  /** 65 bytes, of {@link provenBytes}. */
  readonly signature: Uint8Array;
}

const hello = mapOf({ version: uint, capabilities: uint }, { extra: "ignore", binKeys: true });

/** The addresses of our own calls have one form: only programs that read both know these calls. */
const address = addressShape("str");

/** Our own calls by name, with their types written out. */
export interface ExtensionCalls {
  readonly warpwire_hello: Rpc<{ nodeId: Uint8Array; hello: Hello }, Hello>;
  readonly warpwire_store: Rpc<{ nodeId: Uint8Array; key: Uint8Array; age: number; value: Packed }, boolean>;
  readonly warpwire_prove: Rpc<{ nodeId: Uint8Array; address: Address; challenge: Uint8Array }, Proof>;
}

/** Our own calls by name. */
export const extensionCalls: ExtensionCalls = Object.freeze({
  warpwire_hello: rpc({
    eras: BOTH,
    args: namedTuple({ nodeId: id, hello }, (nodeId, hello) => ({ nodeId, hello })),
    reply: hello,
    note: "What either node can, as a sum of bits. Unknown bits and further keys are ignored.",
  }),
  warpwire_store: rpc({
    eras: BOTH,
    args: namedTuple(
      { nodeId: id, key: id, age: intBetween(0, 2 ** 32 - 1), value: packed },
      (nodeId, key, age, value) => ({ nodeId, key, age, value }),
    ),
    reply: boolean,
    note: "As store, of a value that was first stored so many seconds ago; its life does not begin anew.",
  }),
  warpwire_prove: rpc({
    eras: BOTH,
    args: namedTuple(
      { nodeId: id, address, challenge: bytesLike(CHALLENGE_BYTES) },
      (nodeId, address, challenge) => ({ nodeId, address, challenge }),
    ),
    reply: namedTuple(
      { publicKey: bytesLike(PUBLIC_KEY_BYTES), caller: address, signature: bytesLike(SIGNATURE_BYTES) },
      (publicKey, caller, signature) => ({ publicKey, caller, signature }),
    ),
    note: "The address is the one that the caller has sent this to; a node answers only if it is its own.",
  }),
});

/** Who asked whom for a proof, and where each of them was. */
export interface Proven {
  /** The challenge of the one who asked, 32 random bytes. */
  readonly challenge: Uint8Array;
  /** Who asked, by the id in the request, and the address from which the other saw the request come. */
  readonly caller: Contact;
  /** Who answers, and the address to which the request was sent. */
  readonly node: Contact;
}

const provenShape = tagged(
  "warpwire prove 1",
  namedTuple({ challenge: bytesLike(CHALLENGE_BYTES), caller: contactShape("str"), node: contactShape("str") }),
);

/**
 * What is signed in answer to a challenge.
 *
 * Somebody in the middle, who shows the id of another node at an own address, cannot pass the challenge on: the node
 * signs only for addresses that are its own, and the one who asked checks the signature against the address that it
 * has asked. The challenge keeps old answers from being used again, the caller's id and address keep an answer from
 * being shown to somebody else, and the text at the beginning keeps it from being taken for any other signed thing.
 */
export function provenBytes(proven: Proven): Uint8Array {
  return encodeMsgpack(provenShape, proven, { owned: true });
}
