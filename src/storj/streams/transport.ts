/**
 * What a stream of a storj node is made of.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import type { HostStream, Transport } from "../../host/streams/mod.ts";
import type { RoomPart } from "./room.ts";

/** How a stream's bytes get to the other side and back. */
export interface StreamTransport extends Transport {
  /**
   * Hands over as many bytes as the other side takes now, and returns their number: 0 if it is full; null if the stream is
   * over, or there is no answer. The memory may be used again then.
   */
  offer(bytes: Uint8Array): Promise<number | null>;
  /** Whether the stream was closed here, and something is still to be sent. */
  readonly flushing: boolean;
  /** Whether the other side knows that the stream is over. */
  readonly confirmed: boolean;
}

/** What a stream says when something about it changes. */
export interface StreamOwner {
  /** Nothing may arrive or leave any more. */
  gone(): void;
  /** The other side has sent something that only it can send. */
  heard(): void;
}

/** One stream, as the table keeps it. */
export interface StreamEntry {
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly hex: string;
  /** The id of the other node, 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where the other node is. */
  address: string;
  readonly stream: HostStream;
  readonly transport: StreamTransport;
  /** Where what arrives is kept. */
  readonly room: RoomPart;
  /** Whether the other side has opened it. */
  readonly incoming: boolean;
  /** Whether the other side has shown that it is where it says. */
  heard: boolean;
}

/** What the kinds of streams differ in. */
export interface StreamKind extends Pick<StreamEntry, "peerId" | "address" | "incoming"> {
  /** Makes the transport. */
  readonly transport: (owner: StreamOwner, room: RoomPart) => StreamTransport & { attach(stream: HostStream): void };
}

/** A stream as plain data, as `streamList` has it. */
export function listed({ peerId, stream }: StreamEntry): readonly [nodeId: string, unread: number] {
  return [formatHex(peerId), stream.unread];
}
