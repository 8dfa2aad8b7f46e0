/**
 * The handshake that opens a stream on a separate connection, or on a stream of libp2p: the caller sends its id,
 * the id of the wanted peer and the path; the other side answers. After that, the connection is the stream.
 * `docs/hosts.md` has the bytes.
 *
 * @module
 */

import {
  array,
  CodecError,
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
import type { Clock, PeerInfo, Stream } from "../host.ts";
import { type HostStream, MessageReader } from "../streams/mod.ts";
import { PEER_ADDRESSES_MAX } from "./address-book.ts";
import { OtherPeerError } from "./dial-failure.ts";
import type { StreamMountTable } from "./mounts.ts";
import { type Answers, refusalError, StreamRequest } from "./stream-request.ts";

/**
 * The most bytes that either side reads before it knows the other: what four texts and eight addresses need, rounded.
 */
export const OPENING_BYTES_MAX = 4096;

/** The letters `wwh` and the version 1. */
const Magic = literal([0x77, 0x77, 0x68, 0x01]);
const MAGIC_BYTES = 4;

/** What the caller says. */
export const Opening = struct({
  /** The id of the caller: a claim, which nothing proves here. */
  caller: string(u8),
  /** The id of the wanted peer; empty for any peer. */
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

const OpeningBody = framed(u16, Opening);
const OpeningFrame = struct({ magic: Magic, opening: OpeningBody });
const AnswerFrame = framed(u16, OpeningAnswer);

/** The answer of a peer that has accepted. */
export type Accepted = Extract<OpeningAnswer, { answer: "accepted" }>;

/**
 * The caller's half: asks for a path, and waits for the answer.
 *
 * @throws HostError as `Host.openStream` does: {@link OtherPeerError} if somebody else answers, and the refusals
 */
export async function requestStream(stream: HostStream, opening: Opening): Promise<Accepted> {
  await stream.write(encode(OpeningFrame, { opening }));
  const answer = await readAnswer(stream);
  if (answer.answer === "accepted") return answer;
  if (answer.answer === "other-peer") throw new OtherPeerError(opening.target, answer.peerId);
  throw refusalError(answer, opening.path);
}

/** What answering needs of its host. */
export interface ResponderHost {
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
  /** Called when a program accepts the stream, which until then may be closed for others. */
  whenUsed(): void;
}

/** The other half: answers the callers of one host. */
export class Responder {
  readonly #host: ResponderHost;

  constructor(host: ResponderHost) {
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
        this.request(from, path, {
          accept: () => this.#accept(stream),
          refuse: (refusal) => void refuse(stream, refusal).catch(() => {}),
        });
      }
    } catch (error) {
      stream.abort(error);
    } finally {
      timer.clear();
    }
  }

  /** Asks the program that has mounted a path; its answer goes to the caller by `answers`. */
  request({ transport, stream, whenUsed }: Omit<Caller, "peerInfo">, path: string, answers: Answers): void {
    const answered = () => {
      timer.clear();
      transport.whenEnded = null;
    };
    const request = new StreamRequest(stream.peerInfo, path, {
      accept: () => {
        answered();
        whenUsed();
        return answers.accept();
      },
      refuse: (refusal) => {
        answered();
        answers.refuse(refusal);
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
async function readOpening(stream: HostStream): Promise<Opening> {
  const opening = await parse(async () => {
    const reader = new MessageReader(stream);
    // A peer with another protocol is cut off at once, not after as many bytes as it seems to announce.
    await reader.message(Magic);
    return await reader.message(OpeningBody, { bytesMax: OPENING_BYTES_MAX - MAGIC_BYTES });
  });
  if (opening.caller === "") throw new HostError("protocol", "The caller does not give its id");
  return opening;
}

/**
 * Reads the answer, and not a byte more.
 *
 * @throws HostError `protocol` for anything else
 */
function readAnswer(stream: HostStream): Promise<OpeningAnswer> {
  return parse(() => new MessageReader(stream).message(AnswerFrame, { bytesMax: OPENING_BYTES_MAX }));
}

/** The peer of an opening or answer, with no more addresses than are worth keeping. */
export function peerOf(peerId: string, addresses: readonly string[]): PeerInfo {
  return Object.freeze({ peerId, addresses: Object.freeze(addresses.slice(0, PEER_ADDRESSES_MAX)) });
}

async function parse<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new HostError("protocol", "The other side does not speak the opening exchange", { cause: error });
  }
}
