/**
 * The streams of a storj node.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import type { RpcArgs } from "../../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../../bytes.ts";
import { HostError, type Stream, type WaitOptions } from "../../host/mod.ts";
import { AsyncQueue, HostStream } from "../../host/streams/mod.ts";
import { ContactCache } from "../../kademlia/mod.ts";
import { type Caller, type CallOptions, wireAddress } from "../../rpc/mod.ts";
import type { SendOptions } from "../api.ts";
import { StorjError } from "../error.ts";
import type { Ground, Peer } from "../ground.ts";
import type { StreamsStats } from "../stats.ts";
import { CallTransport } from "./call-transport.ts";
import { EchoTransport } from "./echo-transport.ts";
import { askForStream, isUnopened } from "./opening.ts";
import { Room, type RoomPart } from "./room.ts";
import { StreamTable } from "./table.ts";
import { listed, type StreamEntry, type StreamKind, type StreamOwner } from "./transport.ts";
import { Windows } from "./window/mod.ts";

/** Contacts of callers, and of those who are called without a lookup. */
const CONTACTS = 64;
const NOTHING = new Uint8Array(0);

/** A stream and its id, 64 hex digits. */
export interface NamedStream {
  readonly id: string;
  readonly stream: Stream;
}

/** The streams of a node. */
export class Streams {
  readonly #ground: Ground;
  readonly #table: StreamTable;
  readonly #room: Room;
  readonly #contacts = new ContactCache(CONTACTS);
  /** Streams that others have opened, and that nobody has taken. */
  readonly #incoming: AsyncQueue<StreamEntry>;
  readonly #windows: Windows;
  readonly #unhandle: () => void;
  readonly #counts = { opened: 0, accepted: 0, refused: 0, displaced: 0, foreign: 0 };
  #closed = false;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#table = new StreamTable(ground.limits.streams);
    this.#room = new Room(ground.limits);
    this.#incoming = new AsyncQueue(ground.host.clock, "Waiting for a stream", () => 1);
    this.#windows = new Windows({
      ground,
      table: this.#table,
      room: this.#room,
      add: (id, kind) => this.#add(id, kind),
      admits: (from) => this.#admits(from),
      accepted: (entry) => this.#accepted(entry),
      foreign: () => void (this.#counts.foreign += 1),
    });
    this.#unhandle = ground.rpc.handle({
      stream_open: ({ nodeId }, from) => this.#openedBy(nodeId, from),
      stream_write: (args, from) => this.#writtenBy(args, from),
      stream_close: (args, from) => this.#closedBy(args, from),
    });
  }

  /**
   * Opens a stream.
   *
   * @throws StorjError `not-found`, `busy` if there are as many as there may be here or there, `timeout` without an answer
   * or when the time is over, `aborted`, `closed`
   */
  open(id: Uint8Array, { at, ...options }: SendOptions = {}): Promise<NamedStream> {
    return this.#ground.wait<NamedStream>("Opening a stream", options, (settle) => {
      const giveUp = new AbortController();
      this.#open(id, at, giveUp.signal).then((entry) => {
        if (giveUp.signal.aborted) entry.stream.abort(giveUp.signal.reason);
        else settle.resolve(this.#give(entry));
      }, settle.reject);
      return () => giveUp.abort();
    });
  }

  /** As {@link open}, but null if nobody was found, or answered, or there are as many as there may be. */
  async tryOpen(id: Uint8Array, options: SendOptions = {}): Promise<NamedStream | null> {
    try {
      return await this.open(id, options);
    } catch (error) {
      if (!isUnopened(error)) throw error;
      return null;
    }
  }

  /** A stream by its id, or null. */
  get(id: Uint8Array): Stream | null {
    const entry = this.#find(id);
    return entry === null ? null : this.#give(entry).stream;
  }

  /** Streams that others open, as they come, until the node is closed or the signal fires. */
  async *incoming(signal?: AbortSignal): AsyncGenerator<NamedStream, undefined, undefined> {
    while (true) {
      let entry;
      try {
        entry = await this.#incoming.next({ signal });
      } catch (error) {
        if (error instanceof HostError && (error.code === "closed" || error.code === "aborted")) return;
        throw error;
      }
      yield this.#give(entry);
    }
  }

  /** The peer and the number of unread bytes of each stream. */
  list(): Record<string, readonly [nodeId: string, unread: number]> {
    const open = this.#table.entries().filter((entry) => !isOver(entry));
    return Object.fromEntries(open.map((entry) => [entry.hex, listed(entry)]));
  }

  /** See `StorjNode.streamRead`. */
  read(id: Uint8Array, size: number | null = null): Uint8Array | null {
    const entry = this.#find(id);
    if (entry === null) return null;
    const { stream } = entry;
    const count = Math.min(Math.max(0, size ?? Infinity), stream.unread);
    const bytes = count === 0 ? NOTHING : new Uint8Array(count);
    for (let filled = 0; filled < bytes.length;) {
      const front = stream.front!;
      const part = front.subarray(0, bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
      stream.drop(part.length);
    }
    return bytes;
  }

  /** See `StorjNode.streamWrite`. */
  write(id: Uint8Array, data: Uint8Array, options: WaitOptions = {}): Promise<number | null> {
    return this.#ground.wait<number | null>("Writing to a stream", options, ({ resolve, reject }) => {
      const entry = this.#find(id);
      if (entry === null) resolve(null);
      else entry.transport.offer(data).then(resolve, reject);
      return () => {};
    });
  }

  /** See `StorjNode.streamClose`. */
  close(id: Uint8Array, options: WaitOptions = {}): Promise<boolean> {
    return this.#ground.wait<boolean>("Closing a stream", options, ({ resolve, reject }) => {
      const entry = this.#find(id);
      if (entry === null) {
        resolve(false);
      } else {
        entry.stream.close().then(() => {
          this.#remove(entry);
          resolve(entry.transport.confirmed);
        }, reject);
      }
      return () => {};
    });
  }

  /** Figures. */
  stats(): StreamsStats {
    this.#sweep();
    const unreadBytes = this.#table.entries().reduce((sum, { stream }) => sum + stream.unread, 0);
    return { open: this.#table.size, ...this.#counts, unreadBytes };
  }

  /** Breaks all streams off; who waits for one ends with `closed`. */
  shutDown(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unhandle();
    this.#windows.close();
    for (const { stream } of this.#table.entries()) stream.fail(closedError());
    this.#incoming.close(closedError());
  }

  async #open(id: Uint8Array, at: SendOptions["at"], signal: AbortSignal): Promise<StreamEntry> {
    this.#checkOpen();
    if (equalBytes(id, this.#ground.dht.id)) return this.#openEcho(id);
    if (this.#isFull()) throw new StorjError("busy", `Cannot open more than ${this.#ground.limits.streams} streams`);
    const release = this.#table.reserve();
    try {
      const contact = at === undefined
        ? await this.#ground.find(id, { signal })
        : this.#contacts.intern(id, at.ip, at.port);
      if (contact === null) throw new StorjError("not-found", `Cannot find the node ${formatHex(id)}`);
      const peer = await this.#ground.introduce(contact, { signal });
      return await this.#openWith(peer, signal);
    } finally {
      release();
    }
  }

  #openEcho(id: Uint8Array): StreamEntry {
    if (this.#isFull()) throw new StorjError("busy", `Cannot open more than ${this.#ground.limits.streams} streams`);
    const transport = (owner: StreamOwner, room: RoomPart) => new EchoTransport(room, owner);
    const address = this.#ground.host.addresses()[0] ?? "";
    this.#counts.opened += 1;
    return this.#add(this.#table.draw(this.#ground.host.random), { peerId: id, address, incoming: false, transport });
  }

  async #openWith(peer: Peer, signal: AbortSignal): Promise<StreamEntry> {
    const { contact: { address, id: peerId }, options, capabilities } = peer;
    const { rpc, dht } = this.#ground;
    if (capabilities.has("window")) {
      const opened = await askForStream(this.#ground, peer, "warpwire_stream_open", this.#windows.openArgs);
      this.#checkOpened(opened.streamId, signal, (streamId) => rpc.tell(address, "warpwire_reset", { streamId }));
      return this.#windows.opened(peer, opened);
    }
    const id = await askForStream(this.#ground, peer, "stream_open", { nodeId: dht.id });
    this.#checkOpened(id, signal, (streamId) => {
      rpc.call(address, "stream_close", { nodeId: dht.id, streamId }, () => {}, options);
    });
    return this.#addCalls(id.slice(), { peerId, address, incoming: false, options, heard: true });
  }

  /** Whether nobody wants the stream any more that was opened: then nothing is left behind. */
  #checkOpened(id: Uint8Array, signal: AbortSignal, discard: (id: Uint8Array) => void): void {
    if (!this.#closed && !signal.aborted && this.#table.isFree(id)) {
      this.#counts.opened += 1;
      return;
    }
    discard(id);
    throw this.#closed ? closedError() : new StorjError("busy", "The id of the stream is in use");
  }

  /** Somebody opens a stream. */
  #openedBy(nodeId: Uint8Array, from: Caller): Uint8Array | null {
    this.#ground.seen(nodeId, from);
    if (!this.#admits(from)) return null;
    const id = this.#table.draw(this.#ground.host.random);
    const { ip, port } = wireAddress(from.address);
    const contact = this.#contacts.intern(nodeId, ip, port);
    const options = contact === null ? {} : this.#ground.dht.callOptions(contact);
    const { address } = from;
    const entry = this.#addCalls(id, {
      peerId: nodeId.slice(),
      address,
      incoming: true,
      options,
      heard: from.verified,
    });
    this.#accepted(entry);
    return id;
  }

  /** Whether there is a place for one more stream that somebody else opens. */
  #admits({ address }: Caller): boolean {
    if (!this.#isFull() || this.#displace(address)) return true;
    this.#counts.refused += 1;
    return false;
  }

  #accepted(entry: StreamEntry): void {
    this.#counts.accepted += 1;
    this.#incoming.put(entry);
  }

  #writtenBy({ nodeId, streamId, data }: RpcArgs<"stream_write">, from: Caller): number | null {
    this.#ground.seen(nodeId, from);
    return this.#callsOf(streamId, nodeId, from)?.receive(data) ?? null;
  }

  #closedBy({ nodeId, streamId }: RpcArgs<"stream_close">, from: Caller): boolean {
    this.#ground.seen(nodeId, from);
    const transport = this.#callsOf(streamId, nodeId, from);
    transport?.receiveClose();
    return transport !== null;
  }

  /** The stream of a call, if it is one of the caller's. */
  #callsOf(streamId: Uint8Array, nodeId: Uint8Array, from: Caller): CallTransport | null {
    const entry = this.#table.find(streamId);
    const own = entry !== null && entry.address === from.address && equalBytes(entry.peerId, nodeId);
    if (own && entry.transport instanceof CallTransport && entry.transport.open) return entry.transport;
    this.#counts.foreign += 1;
    return null;
  }

  #addCalls(
    streamId: Uint8Array,
    { options, heard, ...kind }: Omit<StreamKind, "transport"> & {
      readonly options: CallOptions;
      readonly heard: boolean;
    },
  ): StreamEntry {
    const { rpc, dht } = this.#ground;
    return this.#add(streamId, {
      ...kind,
      transport: (owner, room) =>
        new CallTransport({
          rpc,
          nodeId: dht.id,
          streamId,
          address: kind.address,
          options,
          room,
          owner,
          unheard: !heard,
        }),
    });
  }

  #add(id: Uint8Array, { peerId, address, incoming, transport: make }: StreamKind): StreamEntry {
    const room = this.#room.part();
    const owner: StreamOwner = {
      gone: () => this.#remove(entry),
      heard: () => void (entry.heard = true),
    };
    const transport = make(owner, room);
    const peerInfo = { peerId: formatHex(peerId), addresses: [address] };
    const stream = new HostStream(this.#ground.host.clock, peerInfo, transport);
    transport.attach(stream);
    const hex = formatHex(id);
    const entry: StreamEntry = { id, hex, peerId, address, stream, transport, room, incoming, heard: false };
    this.#table.add(entry);
    return entry;
  }

  /** A stream by its id that is not over. */
  #find(id: Uint8Array): StreamEntry | null {
    const entry = this.#table.find(id);
    return entry === null || isOver(entry) ? null : entry;
  }

  #give({ hex: id, stream }: StreamEntry): NamedStream {
    return { id, stream };
  }

  #isFull(): boolean {
    if (this.#table.full) this.#sweep();
    return this.#table.full;
  }

  /** Takes out what is over: a stream that broke is closed without its transport. */
  #sweep(): void {
    for (const entry of this.#table.entries()) if (isOver(entry) && !entry.transport.flushing) this.#remove(entry);
  }

  #displace(address: string): boolean {
    const victim = this.#table.victim(address);
    if (victim === null) return false;
    this.#counts.displaced += 1;
    victim.stream.fail(new HostError("reset", "The stream was never used, and others want one"));
    return !this.#table.full;
  }

  #remove(entry: StreamEntry): void {
    if (!this.#table.remove(entry)) return;
    entry.room.shrinkTo(0);
    if (entry.incoming) this.#incoming.withdraw(entry);
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

/** Whether nobody can read or write anything any more. */
function isOver({ stream }: StreamEntry): boolean {
  return stream.over && stream.unread === 0;
}

function closedError(): HostError {
  return new HostError("closed", "The node is closed");
}
