/**
 * The handshake with which a stream is opened on a connection of its own, or on a stream of libp2p: the caller says who
 * it is, whom it wants and which path; the other side answers. From then on the connection is the stream.
 * `docs/hosts.md` has the bytes.
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
import { HostError } from "../error.ts";
import type { Clock, PeerInfo, Stream, WaitOptions } from "../host.ts";
import type { HostStream } from "../streams/mod.ts";
import { PEER_ADDRESSES_MAX } from "./address-book.ts";
import { OtherPeerError } from "./dial-failure.ts";
import type { StreamMountTable } from "./mounts.ts";
import { type Refusal, refusalError, StreamRequest } from "./stream-request.ts";

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

/** The answer of a peer that has accepted. */
export type Accepted = Extract<OpeningAnswer, { answer: "accepted" }>;

/**
 * The caller's half: asks for a path, and waits for the answer.
 *
 * @throws HostError as `Host.openStream` does: {@link OtherPeerError} if somebody else answers, and the refusals
 */
export async function requestStream(stream: Stream, opening: Opening): Promise<Accepted> {
  await stream.write(encode(OpeningFrame, { opening }));
  const answer = await readAnswer(stream);
  if (answer.answer === "accepted") return answer;
  if (answer.answer === "other-peer") throw new OtherPeerError(opening.target, answer.peerId);
  throw refusalError(answer, opening.path);
}

/** What answering needs of its host. */
export interface AnsweringHost {
  readonly peerId: string;
  readonly clock: Clock;
  readonly mounts: StreamMountTable;
  /** How long a caller may take to say what it wants, in milliseconds. */
  readonly openingTimeoutMs: number;
  /** How long a program may take to accept or reject, in milliseconds. */
  readonly decisionTimeoutMs: number;
  /** The addresses at which this host listens, to be sent to peers. */
  announced(): string[];
}

/** A stream that somebody has begun. */
export interface Caller {
  readonly stream: HostStream;
  /** What notices when the caller ends the stream, or it breaks. */
  readonly transport: { whenEnded: (() => void) | null; readonly ended?: boolean };
  /** Who the caller is, from what it says of itself. */
  peerInfo(claimedId: string, addresses: readonly string[]): PeerInfo;
  /** Called when a program accepts the stream, which until then has to give way to others. */
  whenUsed(): void;
}

/** The other half: answers the callers of one host. */
export class Answerer {
  readonly #host: AnsweringHost;

  constructor(host: AnsweringHost) {
    this.#host = host;
  }

  /** Never rejects: a caller that breaks the handshake is cut off, which harms nobody else. */
  async answer(from: Caller): Promise<void> {
    const { stream } = from;
    const timer = this.#host.clock.setTimer(this.#host.openingTimeoutMs, () => stream.abort());
    try {
      const { caller, target, path, addresses } = await readOpening(stream);
      stream.peerInfo = from.peerInfo(caller, addresses);
      if (target !== "" && target !== this.#host.peerId) {
        await refuse(stream, { answer: "other-peer", peerId: this.#host.peerId });
      } else if (path === "") {
        await this.#accept(stream);
        await stream.close();
      } else {
        this.#request(from, path);
      }
    } catch (error) {
      stream.abort(error);
    } finally {
      timer.clear();
    }
  }

  #request({ transport, stream, whenUsed }: Caller, path: string): void {
    const answered = () => {
      timer.clear();
      transport.whenEnded = null;
    };
    const request = new StreamRequest(stream.peerInfo, path, {
      accept: () => {
        answered();
        whenUsed();
        return this.#accept(stream);
      },
      refuse: (refusal: Refusal) => {
        answered();
        refuse(stream, refusal).catch(() => {});
      },
    });
    const { clock, mounts, decisionTimeoutMs } = this.#host;
    const timer = clock.setTimer(decisionTimeoutMs, () => request.refuse({ answer: "busy" }));
    transport.whenEnded = () => {
      timer.clear();
      request.leave();
      stream.abort();
    };
    if (transport.ended) transport.whenEnded();
    else mounts.request(request);
  }

  async #accept(stream: HostStream): Promise<HostStream> {
    const { peerId } = this.#host;
    await writeAnswer(stream, { answer: "accepted", peerId, addresses: this.#host.announced() });
    return stream;
  }
}

async function refuse(stream: HostStream, answer: OpeningAnswer): Promise<void> {
  await writeAnswer(stream, answer);
  await stream.close();
}

async function writeAnswer(stream: Stream, answer: OpeningAnswer): Promise<void> {
  await stream.write(encode(AnswerFrame, answer));
}

/**
 * Reads what a caller says, and not a byte more.
 *
 * @throws HostError `protocol` for anything else
 */
async function readOpening(stream: Stream): Promise<Opening> {
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
async function readAnswer(stream: Stream): Promise<OpeningAnswer> {
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
