/**
 * The exchange with which a stream is opened on a plain connection, such as one of TCP: the caller says who it is, whom
 * it wants and which path; the other side answers. From then on the connection is the stream. `docs/hosts.md` has the
 * bytes.
 *
 * @module
 */

import {
  array,
  CodecError,
  decode,
  encode,
  framed,
  type Infer,
  literal,
  refine,
  string,
  struct,
  u16,
  u8,
  union,
} from "../../../codec/mod.ts";
import { PEER_ADDRESSES_MAX } from "./address-book.ts";
import { HostError } from "../error.ts";
import type { PeerInfo, Stream, WaitOptions } from "../host.ts";

/** The most bytes that either side reads before it knows the other: what four texts and eight addresses need, rounded. */
export const OPENING_BYTES_MAX = 4096;

/** The letters `wwh` and the version 1. */
const MAGIC = literal([0x77, 0x77, 0x68, 0x01]);
const Head = struct({ magic: MAGIC, bodyBytes: u16 });
const HEAD_BYTES = 6;
/** The length before the answer. */
const ANSWER_HEAD_BYTES = 2;

/** What the caller says. */
export const Opening = struct({
  /** The id of the caller: a claim, which nothing proves here. */
  caller: string(u8),
  /** The id of the peer it wants; empty for whoever answers. */
  target: string(u8),
  /** The path; empty to learn only who answers. */
  path: string(u8),
  /** Where the caller listens itself. */
  addresses: array(string(u8), u8),
});
/** What the caller says. */
export type Opening = Infer<typeof Opening>;

/** What the other side answers. */
export const OpeningAnswer = union("answer", u8, {
  /** The connection is the stream now. */
  accepted: [0, struct({ peerId: string(u8), addresses: array(string(u8), u8) })],
  /** The program refuses. */
  rejected: [1, struct({ code: refine(u8, { name: "code from 1", test: (code) => code >= 1 }) })],
  /** The path is not mounted. */
  "unknown-protocol": [2, struct({})],
  /** Too many requests wait, or the program took too long to answer. */
  busy: [3, struct({})],
  /** Here is not the peer that the caller wants. */
  "other-peer": [4, struct({ peerId: string(u8) })],
});
/** What the other side answers. */
export type OpeningAnswer = Infer<typeof OpeningAnswer>;

const OpeningFrame = struct({ magic: MAGIC, opening: framed(u16, Opening) });
const AnswerFrame = framed(u16, OpeningAnswer);

/** Sends what a caller says. */
export async function writeOpening(stream: Stream, opening: Opening): Promise<void> {
  await stream.write(encode(OpeningFrame, { opening }));
}

/** Sends the answer to it. */
export async function writeAnswer(stream: Stream, answer: OpeningAnswer): Promise<void> {
  await stream.write(encode(AnswerFrame, answer));
}

/**
 * Reads what a caller says, and not a byte more.
 *
 * @throws HostError `protocol` for anything else
 */
export async function readOpening(stream: Stream): Promise<Opening> {
  const head = await readBytes(stream, HEAD_BYTES);
  const { bodyBytes } = parse(() => decode(Head, head));
  const body = await readBytes(stream, checkLength(HEAD_BYTES + bodyBytes) - HEAD_BYTES);
  const opening = parse(() => decode(Opening, body));
  if (opening.caller === "") throw new HostError("protocol", "The caller does not say who it is");
  return opening;
}

/**
 * Reads the answer, and not a byte more.
 *
 * @throws HostError `protocol` for anything else
 */
export async function readAnswer(stream: Stream): Promise<OpeningAnswer> {
  const head = await readBytes(stream, ANSWER_HEAD_BYTES);
  const body = await readBytes(stream, checkLength(parse(() => decode(u16, head))));
  return parse(() => decode(OpeningAnswer, body));
}

/** The peer of an opening or answer, with no more addresses than are worth keeping. */
export function peerOf(peerId: string, addresses: readonly string[]): PeerInfo {
  return Object.freeze({ peerId, addresses: Object.freeze(addresses.slice(0, PEER_ADDRESSES_MAX)) });
}

/**
 * Reads exactly so many bytes.
 *
 * @throws HostError `reset` if the stream ends before
 */
export async function readBytes(stream: Stream, count: number, options?: WaitOptions): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let filled = 0; filled < count;) {
    const read = await stream.read(bytes.subarray(filled), options);
    if (read === null) throw new HostError("reset", `The stream ended after ${filled} of ${count} bytes`);
    filled += read;
  }
  return bytes;
}

function checkLength(count: number): number {
  if (count <= OPENING_BYTES_MAX) return count;
  throw new HostError("protocol", `An opening of ${count} bytes is too long: at most ${OPENING_BYTES_MAX} are read`);
}

function parse<T>(decodeBytes: () => T): T {
  try {
    return decodeBytes();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new HostError("protocol", "The other side does not speak the opening exchange", { cause: error });
  }
}
