/**
 * The interface of every network for the services that use it: a host with an identity, protocols mounted
 * under paths, streams and datagrams. Interfaces only; the hosts beside this file implement them.
 *
 * The shape follows the node interface of Filecoin's networking layer (`MountProtocol`, `AcceptStream`, `OpenStream`,
 * `SendDatagram`) in the conventions of the platform: promises, `AbortSignal`, web streams, errors with a code.
 *
 * @module
 */

/** How long something may wait. Giving up rejects with a `HostError`. */
export interface WaitOptions {
  /** Gives up when it fires: `aborted`, with the signal's reason as cause. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up after this many milliseconds: `timeout`. `Infinity` waits for ever; the default is at each method. */
  readonly timeoutMs?: number | undefined;
}

/** A peer to reach, or the peer at the other end. */
export interface PeerInfo {
  /**
   * The peer's id: text that its kind of host gives a meaning to, 1 to 255 bytes of UTF-8; the 66 hex digits of a
   * compressed secp256k1 key for identities. Empty when it isn't known: then the addresses alone say where to go.
   */
  readonly peerId: string;
  /** Where the peer may be found, the best first, as in `tcp:127.0.0.1:4001`. Hosts skip kinds they don't know. */
  readonly addresses?: readonly string[] | undefined;
}

/** A timer that was set. */
export interface Timer {
  /** Keeps the timer from firing; does nothing after it has fired. */
  clear(): void;
}

/** The time of a host: of the machine, or virtual. */
export interface Clock {
  /** Milliseconds since 1970, with fractions. Never goes back, so differences measure durations. */
  now(): number;
  /** Calls `run` once after `delayMs` milliseconds, 0 to 2^31 - 1. */
  setTimer(delayMs: number, run: () => void): Timer;
}

/** The random numbers of a host: unpredictable, or replayed from a seed. */
export interface Random {
  /** Fresh random bytes. */
  bytes(count: number): Uint8Array;
  /** A number from 0 up to, but not including, 1. */
  next(): number;
}

/**
 * Bytes in order, both ways, like `Deno.Conn`. There is no half-close, because not every network has one (astral has
 * none): {@link close} ends both directions, so a protocol has to say where its messages end.
 */
export interface Stream extends AsyncDisposable {
  /** The peer at the other end. Whether its id is proven or a mere claim is a property of the host. */
  readonly peerInfo: PeerInfo;
  /**
   * Reads at least one and at most `buf.length` bytes into `buf` (0 bytes if it has no room) and returns how many, or
   * `null` when the other side has closed the stream and everything was read. A stream that broke may look like that
   * too, if the network cannot tell the difference. Giving up loses no bytes.
   *
   * @throws HostError `reset` when the stream broke, after what had arrived; `closed` after {@link close}; `busy` while
   * another read waits; `aborted`, `timeout` (no default)
   */
  read(buf: Uint8Array, options?: WaitOptions): Promise<number | null>;
  /**
   * Writes all of `bytes` and returns their number. It resolves when the network has taken them, and waits as long as
   * it is full; then the memory may be used again. Writes are carried out in the order in which they were called.
   * Giving up (no default timeout) breaks the stream, because nobody could say how much was written.
   *
   * @throws HostError `closed` after {@link close}, or when the other side has closed; `reset`, `aborted`, `timeout`
   */
  write(bytes: Uint8Array, options?: WaitOptions): Promise<number>;
  /**
   * Ends both directions once everything written before has been handed to the network; unread bytes are dropped.
   * The other side reads `null` after the last byte. Waiting reads end with `closed`. Never rejects, and takes no
   * longer than the host's limit for closing, after which the stream is broken off. May be called again.
   */
  close(): Promise<void>;
  /**
   * Breaks the stream off at once; whatever waits on it ends with `aborted`. The other side sees `reset`, or `null`.
   */
  abort(reason?: unknown): void;
  /** The bytes as a web stream, made when first asked for. Cancelling it aborts the stream. */
  readonly readable: ReadableStream<Uint8Array>;
  /** A web stream to write to, made when first asked for. Closing it closes the stream, *both* directions. */
  readonly writable: WritableStream<Uint8Array>;
}

/** A stream that a peer asks for, before any byte flows. */
export interface IncomingStream {
  /** Who asks. */
  readonly peerInfo: PeerInfo;
  /** The path asked for: the mounted one, with arguments after it where the network's paths have such. */
  readonly path: string;
  /**
   * Lets the stream come about.
   *
   * @throws HostError `closed` if it was answered before, or if the peer has given up; `reset` if it does so just now
   */
  accept(): Promise<Stream>;
  /** Refuses; the opener gets `rejected` with this number, 1 to 255 (1 by default). Does nothing if it was answered. */
  reject(code?: number): void;
}

/** A path mounted for streams. Iterating gives the incoming streams until the path is unmounted. */
export interface StreamProtocol extends AsyncIterable<IncomingStream>, Disposable {
  readonly path: string;
  /**
   * The next stream that a peer opens, accepted; {@link Stream.peerInfo} says whose.
   *
   * @throws HostError `closed` when the path is unmounted or the host stops; `aborted`, `timeout` (no default)
   */
  acceptStream(options?: WaitOptions): Promise<Stream>;
  /** The next stream that a peer asks for, to be accepted or rejected. Throws as {@link acceptStream}. */
  nextIncoming(options?: WaitOptions): Promise<IncomingStream>;
  /** Opens a stream to a peer that has mounted the same path, see {@link Host.openStream}. */
  openStream(peer: PeerInfo, options?: WaitOptions): Promise<Stream>;
  /** Takes the path off the host: peers get `unknown-protocol`. Streams that are open stay so. May be called again. */
  unmount(): void;
}

/** A datagram that arrived. */
export interface Datagram {
  /** Bytes that nobody else writes to. They may be a part of a larger `ArrayBuffer`: copy what is kept for long. */
  readonly bytes: Uint8Array;
  /** Who sent it, with an address that leads back. */
  readonly peerInfo: PeerInfo;
}

/** A path mounted for datagrams: single messages that may get lost, doubled, or overtake each other. */
export interface DatagramProtocol extends AsyncIterable<Datagram>, Disposable {
  readonly path: string;
  /** The largest datagram in bytes that {@link sendDatagram} takes; a network may still lose one that large. */
  readonly datagramBytesMax: number;
  /**
   * The next datagram that arrives.
   *
   * @throws HostError `closed` when the path is unmounted or the host stops; `aborted`, `timeout` (no default)
   */
  acceptDatagram(options?: WaitOptions): Promise<Datagram>;
  /**
   * Sends a datagram. Resolves when the network has it, which says nothing about its arrival, nor whether anybody is
   * there; then the memory may be used again.
   *
   * @throws HostError `too-large`; `unreachable` without an address to send to; `closed`
   */
  sendDatagram(bytes: Uint8Array, peer: PeerInfo): Promise<void>;
  /** Takes the path off the host. May be called again. */
  unmount(): void;
}

/** Options of {@link Host.mountStreams}. */
export interface StreamMountOptions {
  /** How many streams may wait to be accepted; to further ones the host answers `busy`. Default 128. */
  readonly backlogMax?: number;
}

/** Options of {@link Host.mountDatagrams}. */
export interface DatagramMountOptions {
  /**
   * Whether the packets of the network are the datagrams, with nothing added: what protocols with packets of their own
   * need. Then no id of the sender is known but its address, and on UDP nothing else can be mounted for datagrams.
   * Hosts without packets ignore it. Default false.
   */
  readonly raw?: boolean;
  /**
   * Called with each datagram as it arrives, instead of `acceptDatagram()`, so that an engine gets it without a
   * promise in between. It must not throw.
   */
  readonly receive?: (datagram: Datagram) => void;
  /**
   * What may wait for `acceptDatagram()`, in bytes (64 more for each datagram); further ones are lost. Default 1 MiB.
   */
  readonly queueBytesMax?: number;
}

/** A node of some network, as seen by the programs on it. */
export interface Host extends AsyncDisposable {
  /** The id by which peers know this host. */
  readonly peerId: string;
  /** The time by which this host lives. */
  readonly clock: Clock;
  /** The random numbers of this host. */
  readonly random: Random;
  /**
   * Begins to listen. Does nothing if the host is started. A stopped host may be started again, with nothing mounted.
   */
  start(): Promise<void>;
  /** Unmounts everything, breaks off all streams and lets go of everything held. Does nothing if it is stopped. */
  stop(): Promise<void>;
  /** Where peers can reach this host; empty unless it is started. */
  addresses(): readonly string[];
  /**
   * Mounts a path of 1 to 255 bytes for streams. Possible before `start()`, so that no request comes too early.
   *
   * @throws HostError `mounted`
   */
  mountStreams(path: string, options?: StreamMountOptions): StreamProtocol;
  /**
   * Mounts a path for datagrams; the same path may be mounted for streams too.
   *
   * @throws HostError `mounted`; `unsupported` where the network has no datagrams
   */
  mountDatagrams(path: string, options?: DatagramMountOptions): DatagramProtocol;
  /**
   * Opens a stream to the protocol that the peer has mounted under `path`; nothing need be mounted here. Resolves when
   * the peer has accepted.
   *
   * @throws HostError `rejected` with the number the peer gave; `unknown-protocol`, `busy`, `unreachable`, `aborted`,
   * `timeout` (10 s by default), `closed` if this host is not started
   */
  openStream(peer: PeerInfo, path: string, options?: WaitOptions): Promise<Stream>;
  /**
   * Makes sure that the peer can be reached, and returns what is known of it then: its id, if only an address was
   * given, and all its addresses. Hosts whose streams share a connection make that connection, unless it exists.
   * Afterwards the peer's id suffices to reach it.
   *
   * @throws HostError `unreachable`, `aborted`, `timeout` (10 s by default), `closed` if this host is not started
   */
  connect(peer: PeerInfo, options?: WaitOptions): Promise<PeerInfo>;
}
