/**
 * The base of hosts in which each stream is a separate connection, to peers at one of several addresses.
 *
 * @module
 */

import type { HostError } from "../error.ts";
import type { PeerInfo, Stream, WaitOptions } from "../host.ts";
import { TIME_LIMITS } from "../timing/mod.ts";
import { PEER_ADDRESSES_MAX } from "./address-book.ts";
import { BaseHost, type HostShare } from "./base-host.ts";
import { Dialer, type DialTarget } from "./dialer.ts";
import { Responder } from "./handshake.ts";
import { checkText } from "./mounts.ts";
import { type SlotHolder, SlotTable } from "./slots.ts";

const CONNECTIONS_MAX = 1024;

/** What a {@link ConnectionHost} needs to know. */
export interface ConnectionHostOptions {
  /** The id that this host gives itself. */
  readonly peerId: string;
  /**
   * How many connections others may have here; those on which nothing was accepted yet are closed for new ones,
   * and one machine has at most half of them. Default 1024.
   */
  readonly connectionsMax?: number;
  /** How long a caller may take to connect and to say what it wants, in milliseconds. Default 5 s. */
  readonly openingTimeoutMs?: number;
  /** How long a program may take to accept or reject a stream before the caller hears `busy`. Default 60 s. */
  readonly decisionTimeoutMs?: number;
  /** How long closing a stream may take until what was written has left, in milliseconds. Default 5 s. */
  readonly closeTimeoutMs?: number;
}

/** A host that opens and answers connections by the handshake of `handshake.ts`. */
export abstract class ConnectionHost extends BaseHost {
  readonly peerId: string;
  /** The slots of the connections that others have made. */
  protected readonly slots: SlotTable<SlotHolder>;
  protected readonly dialer: Dialer;
  protected readonly responder: Responder;
  protected readonly openingTimeoutMs: number;
  protected readonly closeTimeoutMs: number;

  /** @throws RangeError for a peer id without bytes */
  constructor(options: ConnectionHostOptions, share?: HostShare) {
    super(undefined, undefined, share);
    const { peerId, openingTimeoutMs = TIME_LIMITS.openingMs, decisionTimeoutMs = TIME_LIMITS.decisionMs } = options;
    checkText(peerId, "peer id");
    this.peerId = peerId;
    this.slots = new SlotTable(options.connectionsMax ?? CONNECTIONS_MAX);
    this.openingTimeoutMs = openingTimeoutMs;
    this.closeTimeoutMs = options.closeTimeoutMs ?? TIME_LIMITS.closeMs;
    const { clock, mounts } = this;
    const announced = () => (share?.announced() ?? this.addresses()).slice(0, PEER_ADDRESSES_MAX);
    this.dialer = new Dialer({ peerId, clock, announced, targets: (addresses) => this.targets(addresses) });
    this.responder = new Responder({ peerId, clock, mounts, openingTimeoutMs, decisionTimeoutMs, announced });
  }

  /** Those of some addresses to which this host can connect. */
  protected abstract targets(addresses: readonly string[]): DialTarget[];
  /** Ends all connections, with an error for those who still use them, and listens no more. */
  protected abstract disconnect(error: HostError): Promise<void>;

  async connect(peer: PeerInfo, options: WaitOptions = {}): Promise<PeerInfo> {
    this.checkStarted("Connecting");
    const stream = await this.openPath(peer, "", "Connecting", options);
    await stream.close();
    return stream.peerInfo;
  }

  protected openPath(peer: PeerInfo, path: string, action: string, options: WaitOptions): Promise<Stream> {
    return this.dialer.open({ action, peer, path }, options);
  }

  protected release(error: HostError): Promise<void> {
    this.dialer.giveUp(error);
    return this.disconnect(error);
  }
}
