/**
 * Streams of pieces with nodes of ours: how they are opened, what arrives for them, and how they follow a peer to another
 * address.
 *
 * @module
 */

import { formatHex } from "../../../../codec/mod.ts";
import {
  CHALLENGE_BYTES,
  type RpcArgs,
  type RpcReply,
  type StreamAck,
  type StreamPiece,
  type StreamProof,
  streamProvenBytes,
} from "../../../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../../../bytes.ts";
import { signatures } from "../../../identity/mod.ts";
import type { Caller, RoundTrip } from "../../../rpc/mod.ts";
import type { Ground, Peer } from "../../ground.ts";
import type { Room, RoomPart } from "../room.ts";
import type { StreamTable } from "../table.ts";
import type { StreamEntry, StreamKind, StreamOwner } from "../transport.ts";
import { Path } from "./path.ts";
import { WindowTransport } from "./transport.ts";

/** So many streams that have ended are remembered, to acknowledge an end that comes again. */
const ENDED_MAX = 512;
/** A peer is asked for a proof at a new address no more often than this, for each stream, in milliseconds. */
const PROOF_PAUSE_MS = 1000;
/** So many proofs are waited for: checking one takes a millisecond. */
const PROOFS_MAX = 8;
/** A peer answers challenges no more often than this, in milliseconds: a signature takes a millisecond. */
const SIGN_PAUSE_MS = 50;

/** What {@link Windows} are made of. */
export interface WindowsParts {
  readonly ground: Ground;
  readonly table: StreamTable;
  readonly room: Room;
  readonly add: (id: Uint8Array, kind: StreamKind) => StreamEntry;
  /** Somebody opens a stream: whether there is a place for it. */
  readonly admits: (from: Caller) => boolean;
  readonly accepted: (entry: StreamEntry) => void;
  /** Something came for a stream that is unknown or somebody else's. */
  readonly foreign: () => void;
}

/** The streams of pieces of a node. */
export class Windows {
  readonly #parts: WindowsParts;
  readonly #paths = new Map<string, { readonly path: Path; unvouch: (() => void) | null }>();
  /** Streams that have ended, by their ids, with the peer's address; the newest last. */
  readonly #ended = new Map<string, string>();
  /** When a peer was asked last for a proof, by stream. */
  readonly #asked = new WeakMap<StreamEntry, number>();
  #proofs = 0;
  #signedMs = 0;
  readonly #unhandle: () => void;

  constructor(parts: WindowsParts) {
    this.#parts = parts;
    this.#unhandle = parts.ground.rpc.handle({
      warpwire_stream_open: (args, from) => this.#openedBy(args, from),
      warpwire_stream_prove: (args, from) => this.#prove(args, from),
      warpwire_piece: (piece, from) => this.#receivePiece(piece, from),
      warpwire_ack: (ack, from) => this.#receiveAck(ack, from),
      warpwire_reset: ({ streamId }, from) => this.#receiveReset(streamId, from),
    });
  }

  /** The call that opens a stream; what it answers is passed to {@link opened}. */
  get openArgs(): RpcArgs<"warpwire_stream_open"> {
    const { ground: { dht }, room } = this.#parts;
    return { nodeId: dht.id, limit: room.baseBytes };
  }

  /** A node has answered {@link openArgs}. */
  opened({ contact, options }: Peer, { streamId, limit }: NonNullable<RpcReply<"warpwire_stream_open">>): StreamEntry {
    const { address, id: peerId } = contact;
    const path = this.#pathTo(address, options.roundTrip ?? null, true);
    const entry = this.#add(streamId.slice(), { peerId, address, incoming: false }, path, limit);
    const transport = entry.transport as WindowTransport;
    transport.acknowledge();
    transport.greet();
    return entry;
  }

  /** Answers nothing any more. */
  close(): void {
    this.#unhandle();
  }

  #openedBy({ nodeId, limit }: RpcArgs<"warpwire_stream_open">, from: Caller): RpcReply<"warpwire_stream_open"> {
    const { ground, table, admits, accepted } = this.#parts;
    ground.seen(nodeId, from);
    if (!admits(from)) return null;
    const { address } = from;
    const path = this.#pathTo(address, null, from.verified);
    const streamId = table.draw(ground.host.random);
    const entry = this.#add(streamId, { peerId: nodeId.slice(), address, incoming: true }, path, limit);
    accepted(entry);
    return { streamId, limit: (entry.transport as WindowTransport).receiver.limit };
  }

  #receivePiece(piece: StreamPiece, from: Caller): undefined {
    const { rpc } = this.#parts.ground;
    const { streamId, number } = piece;
    const transport = this.#transportOf(streamId, from);
    if (transport !== null) return void transport.receivePiece(piece);
    if (this.#parts.table.find(streamId) !== null) return undefined;
    if (this.#ended.get(formatHex(streamId)) !== from.address) {
      return void rpc.tell(from.address, "warpwire_reset", { streamId });
    }
    // The acknowledgement of the end got lost.
    const seen = Uint8Array.of(1 << number % 8);
    rpc.tell(from.address, "warpwire_ack", { streamId, number, seen, limit: 0, repeats: 0 });
  }

  #receiveAck(ack: StreamAck, from: Caller): undefined {
    const transport = this.#transportOf(ack.streamId, from);
    if (transport?.receiveAck(ack) === false) this.#parts.foreign();
  }

  #receiveReset(streamId: Uint8Array, from: Caller): undefined {
    const entry = this.#parts.table.find(streamId);
    if (entry?.address === from.address && entry.transport instanceof WindowTransport) entry.transport.receiveReset();
    else this.#parts.foreign();
  }

  /** The stream that something has come for, if it has come from where the other side is. */
  #transportOf(streamId: Uint8Array, from: Caller): WindowTransport | null {
    const entry = this.#parts.table.find(streamId);
    if (entry === null || !(entry.transport instanceof WindowTransport)) {
      this.#parts.foreign();
      return null;
    }
    if (entry.address !== from.address) {
      this.#parts.foreign();
      this.#askForProof(entry, from.address);
      return null;
    }
    // Nobody else knows the id of the stream but those who can read what is sent to this address.
    if (!entry.heard) this.#vouch(entry.transport.path);
    return entry.transport;
  }

  #add(
    streamId: Uint8Array,
    kind: Omit<StreamKind, "transport">,
    path: Path,
    limit: number,
  ): StreamEntry {
    const { ground: { rpc }, room, add } = this.#parts;
    const entry = add(streamId, {
      ...kind,
      transport: (owner: StreamOwner, arriving: RoomPart) =>
        new WindowTransport({
          rpc,
          streamId,
          room,
          arriving,
          owner,
          path,
          limit,
          left: (left) => this.#left(left),
          complete: () => this.#remember(entry),
        }),
    });
    return entry;
  }

  #pathTo(address: string, trip: RoundTrip | null, proven: boolean): Path {
    let known = this.#paths.get(address);
    if (known === undefined) {
      known = { path: new Path(this.#parts.ground.host.clock, address, { trip, proven }), unvouch: null };
      this.#paths.set(address, known);
    }
    if (proven) this.#vouch(known.path);
    return known.path;
  }

  /** The address of a way is not forged. */
  #vouch(path: Path): void {
    const known = this.#paths.get(path.address);
    if (known === undefined || known.unvouch !== null) return;
    known.unvouch = this.#parts.ground.rpc.vouch(path.address);
    path.prove();
  }

  #left(path: Path): void {
    const known = this.#paths.get(path.address);
    if (known?.path !== path || path.streams > 0) return;
    known.unvouch?.();
    this.#paths.delete(path.address);
  }

  #remember({ hex, address }: StreamEntry): void {
    this.#ended.set(hex, address);
    if (this.#ended.size <= ENDED_MAX) return;
    for (const oldest of this.#ended.keys()) return void this.#ended.delete(oldest);
  }

  /** Something for a stream has come from an address that is not the other side's: asks whether it is there now. */
  #askForProof(entry: StreamEntry, address: string): void {
    const { ground: { rpc, dht, host, identity } } = this.#parts;
    const { id: streamId, peerId } = entry;
    const nowMs = host.clock.now();
    if (this.#proofs >= PROOFS_MAX || nowMs - (this.#asked.get(entry) ?? -Infinity) < PROOF_PAUSE_MS) return;
    this.#asked.set(entry, nowMs);
    this.#proofs += 1;
    const challenge = host.random.bytes(CHALLENGE_BYTES);
    rpc.call(address, "warpwire_stream_prove", { nodeId: dht.id, streamId, challenge }, ({ reply }) => {
      this.#proofs -= 1;
      if (reply === undefined || this.#parts.table.find(streamId) !== entry) return;
      const message = streamProvenBytes({ challenge, streamId, caller: dht.id, node: peerId });
      const signer = signatures(identity).verify(reply.publicKey, message, reply.signature);
      if (signer !== null && equalBytes(signer.nodeId, peerId)) this.#follow(entry, address);
    });
  }

  /** Answers the other side of a stream, which has been sent something from an address that it does not know. */
  #prove({ nodeId, streamId, challenge }: RpcArgs<"warpwire_stream_prove">, from: Caller): StreamProof | undefined {
    const { table, ground: { identity, dht, host } } = this.#parts;
    const entry = table.find(streamId);
    // From elsewhere it may have been passed on by somebody who wants to be taken for this node.
    if (entry?.address !== from.address || !equalBytes(entry.peerId, nodeId)) return undefined;
    const nowMs = host.clock.now();
    if (nowMs - this.#signedMs < SIGN_PAUSE_MS) return undefined;
    this.#signedMs = nowMs;
    const { publicKey, sign } = signatures(identity).own;
    return { publicKey, signature: sign(streamProvenBytes({ challenge, streamId, caller: nodeId, node: dht.id })) };
  }

  /** The other side is at another address now, with all its streams. */
  #follow({ peerId, address: before }: StreamEntry, address: string): void {
    for (const entry of this.#parts.table.entries()) {
      const { transport, stream } = entry;
      if (entry.address !== before || !equalBytes(entry.peerId, peerId) || !(transport instanceof WindowTransport)) {
        continue;
      }
      entry.address = address;
      stream.peerInfo = { ...stream.peerInfo, addresses: [address] };
      transport.reroute(this.#pathTo(address, transport.path.congestion.trip, true));
    }
  }
}
