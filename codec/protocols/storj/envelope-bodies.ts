/**
 * The tokens of signed messages: `signal`, `peers` and `info`.
 *
 * The programs of 2015 write all texts as bin; readers also accept str.
 *
 * @module
 */

import { CodecError } from "../../mod.ts";
import {
  bin,
  boolean,
  bytesLike,
  decodeMsgpack,
  encodeMsgpack,
  intBetween,
  type MsgpackShape,
  namedTuple,
  optionalField,
  Packed,
  textLike,
  uint,
} from "../../msgpack/mod.ts";
import { ENVELOPE_VERSION, type SignedParts, tokenText } from "./envelope.ts";
import { parseIp } from "./ip.ts";
import { ID_BYTES } from "./wire.ts";

/** The signals that are known. */
export type SignalName = "request_info" | "request_peers";

/** What a node says about itself. */
export interface NodeInfo {
  /** Of the program, as in `0.0.21`. */
  readonly version: string;
  /** In bytes; `total` is the sum of the others. */
  readonly storage: { readonly total: number; readonly used: number; readonly free: number };
  readonly network: {
    readonly transport: { readonly ip: string; readonly port: number };
    /** The node's address in the network of storjnode, a text that is not looked into. */
    readonly unl: string;
    readonly isPublic: boolean;
  };
  readonly platform: {
    readonly system: string;
    readonly release: string;
    readonly version: string;
    readonly machine: string;
  };
  /** Where payments go, the 20 bytes of a HASH160; since storjnode 0.1. */
  readonly payout?: Uint8Array | undefined;
}

/** What a message says. */
export type MessageBody =
  | { readonly token: "signal"; readonly name: string }
  | { readonly token: "peers"; readonly peers: readonly Uint8Array[] }
  | { readonly token: "info"; readonly info: NodeInfo };

const text = textLike("bin");

const infoShape: MsgpackShape<NodeInfo> = namedTuple({
  version: text,
  storage: namedTuple({ total: uint, used: uint, free: uint }),
  network: namedTuple({
    transport: namedTuple({ ip: text, port: intBetween(0, 65535) }),
    unl: text,
    isPublic: boolean,
  }),
  platform: namedTuple({ system: text, release: text, version: text, machine: text }),
  payout: optionalField(bytesLike(ID_BYTES)),
});

/** A message, ready to be signed. */
export function signedParts(body: MessageBody): SignedParts {
  return { version: ENVELOPE_VERSION, token: packedOf(text, body.token), body: packedBody(body) };
}

function packedBody(body: MessageBody): Packed {
  switch (body.token) {
    case "signal":
      return packedOf(text, body.name);
    case "peers":
      return packedOf(bin(), joinPeers(body.peers));
    case "info":
      checkInfo(body.info);
      return packedOf(infoShape, body.info);
  }
}

function packedOf<T>(shape: MsgpackShape<T>, value: NoInfer<T>): Packed {
  return new Packed(encodeMsgpack(shape, value, { owned: true }));
}

function joinPeers(peers: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(peers.length * ID_BYTES);
  for (const [index, peer] of peers.entries()) {
    if (peer.length !== ID_BYTES) {
      throw new CodecError("length", `Expected ${ID_BYTES} bytes, not ${peer.length}`, { path: `[${index}]` });
    }
    joined.set(peer, index * ID_BYTES);
  }
  return joined;
}

/**
 * What a message says, or undefined for a token that is not known.
 *
 * @throws CodecError when the body is not what the token says: of another shape, peers that are not whole ids, storage
 * that does not add up, an address that is none
 */
export function messageBody(message: Pick<SignedParts, "token" | "body">): MessageBody | undefined {
  const { bytes } = message.body;
  switch (tokenText(message)) {
    case "signal":
      return { token: "signal", name: decodeMsgpack(text, bytes) };
    case "peers":
      return { token: "peers", peers: splitPeers(decodeMsgpack(bytesLike(), bytes)) };
    case "info": {
      const info = decodeMsgpack(infoShape, bytes);
      checkInfo(info);
      return { token: "info", info };
    }
    default:
      return undefined;
  }
}

function splitPeers(joined: Uint8Array): Uint8Array[] {
  if (joined.length % ID_BYTES !== 0) {
    throw new CodecError("length", `The ${joined.length} bytes are not whole ids of ${ID_BYTES} bytes`, { offset: 0 });
  }
  return Array.from(
    { length: joined.length / ID_BYTES },
    (_, index) => joined.subarray(index * ID_BYTES, (index + 1) * ID_BYTES),
  );
}

function checkInfo({ version, storage, network }: NodeInfo): void {
  const refuse = (path: string, reason: string) => {
    throw new CodecError("refused", reason, { path });
  };
  if (!/^\d+\.\d+\.\d+$/.test(version)) refuse("version", `${JSON.stringify(version)} is not a version`);
  const { total, used, free } = storage;
  if (used > total || total - used !== free) refuse("storage", `${used} and ${free} bytes are not ${total}`);
  const { ip } = network.transport;
  if (parseIp(ip) === null) refuse("network.transport.ip", `${JSON.stringify(ip)} is not an IP address`);
}
