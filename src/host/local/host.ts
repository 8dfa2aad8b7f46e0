/**
 * What hosts inside one process have in common: they find each other in a table, and a fabric carries everything
 * between them, at once (`memory.ts`) or in virtual time (`sim/`).
 *
 * @module
 */

import { HostStream } from "../streams/mod.ts";
import { HostError } from "../error.ts";
import type {
  Clock,
  DatagramMountOptions,
  DatagramProtocol,
  Host,
  PeerInfo,
  Random,
  Stream,
  StreamMountOptions,
  StreamProtocol,
  WaitOptions,
} from "../host.ts";
import {
  checkText,
  DatagramMountTable,
  type MountedDatagrams,
  type Refusal,
  refusalError,
  StreamMountTable,
  StreamRequest,
} from "../connect/mod.ts";
import { type Flow, PairedTransport } from "./paired-transport.ts";
import { type GiveUp, type Settle, TIME_LIMITS, wait } from "../timing/mod.ts";

/** The largest datagram in bytes: that of UDP over IPv4, so that what fits here fits there. */
export const DATAGRAM_BYTES_MAX = 65507;

/** The network between hosts of one process. */
export interface Fabric {
  /** The host that a peer's id or one of its addresses names. */
  find(peer: PeerInfo): LocalHost | undefined;
  /** A way from one host to another that keeps the order. */
  flow(from: LocalHost, to: LocalHost): Flow;
  /**
   * Carries a datagram, or loses it: calls `receiveDatagram()` of the host that the peer names, if there is one, after this
   * function has returned, once or twice, each time with memory of its own.
   *
   * @param bytes To be copied: they are the sender's
   */
  carryDatagram(from: LocalHost, to: PeerInfo, path: string, bytes: Uint8Array): void;
}

/** What a local host is made of. */
export interface LocalHostParts {
  readonly peerId: string;
  /** Where other hosts of the same fabric find it. */
  readonly addresses: readonly string[];
  readonly fabric: Fabric;
  readonly clock: Clock;
  readonly random: Random;
}

const NONE: readonly string[] = Object.freeze([]);
const DONE = Promise.resolve();

/** What a host has for streams, and for questions to other hosts. */
interface StreamSide {
  readonly mounts: StreamMountTable;
  /** The streams that are open, with the hosts at their other ends. */
  readonly streams: Map<PairedTransport, { readonly stream: HostStream; readonly peer: LocalHost }>;
  /** How to give up what other hosts were asked for. */
  readonly requests: Set<GiveUp>;
  /** How to give up what this host was asked for and has not answered. */
  readonly asked: Set<() => void>;
}

/** A host inside this process. Peers cannot pretend to be somebody else. */
export class LocalHost implements Host {
  readonly peerId: string;
  readonly clock: Clock;
  readonly random: Random;
  /** What other hosts see of this one. */
  readonly info: PeerInfo;
  readonly #addresses: readonly string[];
  readonly #fabric: Fabric;
  readonly #datagrams: DatagramMountTable;
  /** Made when first used: a simulation has thousands of hosts, most of which send nothing but datagrams. */
  #streamSide: StreamSide | null = null;
  #started = false;

  constructor({ peerId, addresses, fabric, clock, random }: LocalHostParts) {
    checkText(peerId, "peer id");
    this.peerId = peerId;
    this.clock = clock;
    this.random = random;
    this.#addresses = Object.freeze([...addresses]);
    this.info = Object.freeze({ peerId, addresses: this.#addresses });
    this.#fabric = fabric;
    this.#datagrams = new DatagramMountTable({
      clock,
      datagramBytesMax: () => DATAGRAM_BYTES_MAX,
      sendDatagram: (mount, bytes, peer) => this.#sendDatagram(mount, bytes, peer),
    });
  }

  /** Whether the host is started. */
  get started(): boolean {
    return this.#started;
  }

  /** How many streams are open. */
  get openStreams(): number {
    return this.#streamSide?.streams.size ?? 0;
  }

  start(): Promise<void> {
    this.#started = true;
    return DONE;
  }

  stop(): Promise<void> {
    this.halt();
    return DONE;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  addresses(): readonly string[] {
    return this.#started ? this.#addresses : NONE;
  }

  mountStreams(path: string, options: StreamMountOptions = {}): StreamProtocol {
    return this.#forStreams().mounts.mountStreams(path, options);
  }

  mountDatagrams(path: string, options: DatagramMountOptions = {}): DatagramProtocol {
    return this.#datagrams.mountDatagrams(path, options);
  }

  async openStream(peer: PeerInfo, path: string, options: WaitOptions = {}): Promise<Stream> {
    checkText(path, "path");
    return await this.#ask(peer, `Opening "${path}"`, options, (target, settle) => this.#request(target, path, settle));
  }

  connect(peer: PeerInfo, options: WaitOptions = {}): Promise<PeerInfo> {
    return this.#ask(peer, "Connecting", options, (target, { resolve, reject }) => {
      const back = this.#fabric.flow(target, this);
      this.#fabric.flow(this, target).carry("connect", null, () => {
        const { started, info } = target;
        back.carry("connected", null, () => started ? resolve(info) : reject(stoppedError(target)));
      });
      return nothing;
    });
  }

  /** Stops at once. */
  halt(): void {
    this.#started = false;
    this.#datagrams.clear();
    const side = this.#streamSide;
    if (side === null) return;
    side.mounts.clear();
    const error = new HostError("closed", `The host "${this.peerId}" was stopped`);
    for (const { stream } of [...side.streams.values()]) stream.fail(error);
    for (const giveUp of [...side.requests]) giveUp(error);
    for (const abandon of [...side.asked]) abandon();
  }

  #forStreams(): StreamSide {
    return this.#streamSide ??= {
      mounts: new StreamMountTable(this),
      streams: new Map(),
      requests: new Set(),
      asked: new Set(),
    };
  }

  /** Breaks the streams to those hosts that can be reached no more, without a word to them. */
  breakStreams(unreachable: (peer: LocalHost) => boolean): void {
    if (this.#streamSide === null) return;
    for (const [transport, { peer }] of [...this.#streamSide.streams]) {
      if (unreachable(peer)) transport.receiveReset();
    }
  }

  /** For fabrics: a datagram has come for a path, in memory of its own. */
  receiveDatagram(path: string, bytes: Uint8Array, from: PeerInfo): void {
    if (this.#started) this.#datagrams.at(path)?.deliver({ bytes, peerInfo: from });
  }

  /** Asks another host for something, until it answers, the caller gives up or this host stops. */
  #ask<T>(
    peer: PeerInfo,
    action: string,
    { signal, timeoutMs = TIME_LIMITS.openMs }: WaitOptions,
    begin: (target: LocalHost, settle: Settle<T>) => () => void,
  ): Promise<T> {
    if (!this.#started) return Promise.reject(new HostError("closed", `${action} failed: the host is not started`));
    const target = this.#fabric.find(peer);
    if (target === undefined) return Promise.reject(nobodyError(action, peer));
    const { requests } = this.#forStreams();
    return wait(this.clock, action, { signal, timeoutMs }, (settle) => {
      let withdraw = nothing;
      const giveUp = (error: HostError) => {
        requests.delete(giveUp);
        withdraw();
        settle.reject(error);
      };
      const answered = () => {
        requests.delete(giveUp);
        withdraw = nothing;
      };
      requests.add(giveUp);
      withdraw = begin(target, {
        resolve: (value) => {
          answered();
          settle.resolve(value);
        },
        reject: (error) => {
          answered();
          settle.reject(error);
        },
      });
      return giveUp;
    });
  }

  /** Asks another host for a stream, and returns how to take that back. */
  #request(target: LocalHost, path: string, settle: Settle<Stream>): () => void {
    const way = this.#fabric.flow(this, target);
    const back = this.#fabric.flow(target, this);
    const { mounts, asked } = target.#forStreams();
    const here = this.#transport(way);
    const there = target.#transport(back);
    PairedTransport.pair(here, there);
    let withdrawn = false;
    const refuse = (error: HostError) => {
      asked.delete(abandon);
      back.carry("refusal", null, () => settle.reject(error));
    };
    const request = new StreamRequest(this.info, path, {
      accept: () => {
        asked.delete(abandon);
        const stream = target.#adopt(there, this);
        const accepted = back.carry("acceptance", null, () => {
          if (!withdrawn) settle.resolve(this.#adopt(here, target));
          else way.carry("reset", null, () => there.receiveReset());
        });
        if (!accepted) there.receiveReset();
        return Promise.resolve(stream);
      },
      refuse: (refusal: Refusal) => refuse(refusalError(refusal, path)),
    });
    const abandon = () => {
      request.leave();
      refuse(stoppedError(target));
    };
    way.carry("request", null, () => {
      if (!target.#started) return refuse(stoppedError(target));
      asked.add(abandon);
      mounts.request(request);
    });
    return () => {
      withdrawn = true;
      way.carry("withdrawal", null, () => {
        asked.delete(abandon);
        request.leave();
        there.receiveReset();
      });
    };
  }

  #transport(flow: Flow): PairedTransport {
    const { streams } = this.#forStreams();
    const transport: PairedTransport = new PairedTransport(this.clock, flow, () => streams.delete(transport));
    return transport;
  }

  #adopt(transport: PairedTransport, peer: LocalHost): HostStream {
    const stream = new HostStream(this.clock, peer.info, transport);
    transport.attach(stream);
    this.#forStreams().streams.set(transport, { stream, peer });
    return stream;
  }

  #sendDatagram(mount: MountedDatagrams, bytes: Uint8Array, peer: PeerInfo): Promise<void> {
    if (!this.#started) return Promise.reject(new HostError("closed", "Cannot send: the host is not started"));
    this.#fabric.carryDatagram(this, peer, mount.path, bytes);
    return DONE;
  }
}

function nothing(): void {}

function nobodyError(action: string, peer: PeerInfo): HostError {
  const where = [peer.peerId, ...peer.addresses ?? []].join(" ");
  return new HostError("unreachable", `${action} failed: no peer is at "${where}"`);
}

function stoppedError(target: LocalHost): HostError {
  return new HostError("unreachable", `No peer answers at "${target.peerId}"`);
}

/** Memory that is shared by the copies of several datagrams, as much as Node shares among small Buffers. */
const SLAB_BYTES = 8192;
/** Larger datagrams get memory of their own, so that keeping one keeps little else. */
const SHARED_BYTES_MAX = 1024;

let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

/**
 * Copies a datagram. Nobody else writes to the copy, but small ones share an `ArrayBuffer`: for 200 bytes that takes
 * 0.1 µs, and a buffer of their own 2 µs.
 */
export function copyDatagram(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length > SHARED_BYTES_MAX) return new Uint8Array(bytes);
  if (used + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const copy = slab.subarray(used, used + length);
  copy.set(bytes);
  used += length;
  return copy;
}
