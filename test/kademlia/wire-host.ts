/**
 * A host without a network: the test delivers datagrams and sees what is sent.
 *
 * @module
 */

import type { Datagram, DatagramMountOptions, DatagramProtocol, Host, PeerInfo } from "../../src/host/host.ts";
import { SeededRandom } from "../../src/host/sim/mod.ts";
import { ManualClock } from "../host/manual-clock.ts";

/** A datagram that was sent, and to whom. */
export interface Sent {
  readonly bytes: Uint8Array;
  readonly to: string;
}

/** A host for one raw mount. */
export class WireHost implements Host {
  readonly peerId = "";
  readonly clock = new ManualClock();
  readonly random = new SeededRandom(2016);
  /** What {@link WireHost.take} has not taken yet. */
  #sent: Sent[] = [];
  #receive: ((datagram: Datagram) => void) | undefined;

  /** A datagram arrives. */
  deliver(bytes: Uint8Array, from: string): void {
    this.#receive!({ bytes, peerInfo: { peerId: "", addresses: [from] } });
  }

  /** What was sent since the last time. */
  take(): Sent[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  mountDatagrams(path: string, { receive }: DatagramMountOptions = {}): DatagramProtocol {
    this.#receive = receive;
    return {
      path,
      datagramBytesMax: 65507,
      sendDatagram: (bytes: Uint8Array, { addresses }: PeerInfo) => {
        this.#sent.push({ bytes: bytes.slice(), to: addresses![0] });
        return Promise.resolve();
      },
      unmount: () => {},
      [Symbol.dispose]() {},
    } as Partial<DatagramProtocol> as DatagramProtocol;
  }

  addresses(): readonly string[] {
    return ["udp:10.0.0.9:4000"];
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  mountStreams(): never {
    throw new Error("There are no streams");
  }

  openStream(): never {
    throw new Error("There are no streams");
  }

  connect(): never {
    throw new Error("There are no connections");
  }
}
