/**
 * A node's warpdrive service: offers in and out, peers, transfers, on any host with streams.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Targets } from "../../codec/protocols/warpdrive/mod.ts";
import type { Host, PeerInfo } from "../host/mod.ts";
import type { Store } from "../store/mod.ts";
import type { CreatedOffer } from "./client/mod.ts";
import { DownloadFolder, Downloads, Uploads } from "./transfers/mod.ts";
import { type OnError, WarpdriveError } from "./error.ts";
import { endIdleThread } from "./files/disk/mod.ts";
import { type CollisionPolicy, FilesError } from "./files/mod.ts";
import { type AcceptPolicy, type NodeParts, OfferExchange, Sessions, targetsOf } from "./session/mod.ts";
import {
  OFFER_LIMITS,
  OfferBook,
  type OfferEvent,
  type OfferLimits,
  type OfferState,
  type StoredFile,
} from "./offers/mod.ts";
import { type KnownPeer, PeerBook, type PeerRule } from "./peer-book.ts";

/** Options of {@link warpdriveService}. */
export interface WarpdriveServiceOptions {
  /** The host to be reached on. It must be started, and is not stopped by the service. */
  readonly host: Host;
  /** Where offers and peers are kept. It is not closed by the service. */
  readonly store: Store;
  /** The open book of peers, where others use it, too; by default one of the service's own, in `store`. */
  readonly peers?: PeerBook | undefined;
  /** The folder into which files go. It is made when the service first starts; one that is gone later is waited for. */
  readonly downloads: string;
  /** What becomes of a file whose name is taken. Default `rename`. */
  readonly onCollision?: CollisionPolicy | undefined;
  /** Whose offers are accepted without asking. Default `trusted`. */
  readonly accept?: AcceptPolicy | undefined;
  /** Downloads at once. Default 3: more of them only share the same line and disk. */
  readonly transfersMax?: number | undefined;
  /** Bounds on offers. */
  readonly limits?: Partial<OfferLimits> | undefined;
  /** Sessions at once, in all and of one peer: a download takes two. Default 256 and 32. */
  readonly sessionsMax?: number | undefined;
  readonly sessionsPerPeerMax?: number | undefined;
  /**
   * Whether a caller is a program of this node, which may list, accept and send. By default a caller with the node's own
   * id, or with none: an empty id, or one of zeros, is what hosts give to programs of the same machine that name no
   * identity. Where a host does not prove ids, anybody who reaches it can claim this one.
   */
  readonly isLocal?: ((caller: PeerInfo) => boolean) | undefined;
  /**
   * Called with failures in the background: sessions that broke their protocol, errors of store and disk; with the
   * peer whose session or offer it was.
   */
  readonly onError?: OnError | undefined;
}

/**
 * The offers of a service. Where a key is asked for, the id of an offer will do if no other offer has it; otherwise it is
 * `ambiguous`. Nothing of the name is `unknown-offer`.
 */
export interface ServiceOffers {
  /** Offers of one direction or, without one, the incoming ones first. */
  list(direction?: "incoming" | "outgoing"): readonly OfferState[];
  /** The offer of a key, as events have it, or of an id. Throws WarpdriveError `ambiguous`. */
  get(key: string): OfferState | undefined;
  /**
   * The offer that is meant by an id, or by four or more of its first characters, and a peer if one is given.
   *
   * @throws WarpdriveError `unknown-offer`, `ambiguous`
   */
  find(direction: "incoming" | "outgoing", id: string, peer?: string): OfferState;
  /** The entries of an offer. */
  files(key: string): Promise<readonly StoredFile[]>;
  /** Where the entries of an incoming offer went, or would go if it were accepted now. */
  targets(key: string): Promise<Targets>;
  /** Offers paths to a peer: an id, an alias, the beginning of one, or an id with addresses. */
  send(peer: string | PeerInfo, paths: readonly string[]): Promise<CreatedOffer>;
  /** Accepts an offer. Resolves to whether its sender has confirmed; `false` if it waits for its turn. */
  accept(key: string): Promise<boolean>;
  /** Rejects an offer that waits, cancels one that is being transferred, and notifies the peer if it supports that. */
  stop(key: string): Promise<void>;
  /** How many read events at present, here and through the protocol. */
  readonly subscribers: number;
  /** What happens from now on, until the signal fires or the loop is left. A slow reader gets the newest state of each. */
  events(signal?: AbortSignal): AsyncIterableIterator<OfferEvent>;
}

/** The peers of a service. */
export interface ServicePeers {
  list(): readonly KnownPeer[];
  /** The id that a text means. Throws WarpdriveError `ambiguous`, `unknown-peer`. */
  resolve(text: string): string;
  rule(id: string): PeerRule;
  /** Sets what becomes of a peer's offers. */
  setRule(id: string, rule: PeerRule): Promise<void>;
  /** Sets a peer's name for people. */
  setAlias(id: string, alias: string): Promise<void>;
  /** Peers that change, until the signal fires or the loop is left. */
  events(signal?: AbortSignal): AsyncIterableIterator<KnownPeer>;
}

/** A warpdrive service. */
export interface WarpdriveService extends AsyncDisposable {
  readonly offers: ServiceOffers;
  readonly peers: ServicePeers;
  /**
   * Reads the store, mounts the ports, and resumes downloads that were accepted before.
   *
   * @throws FilesError `conflict`, `no-permission`, `disk` for a download folder that cannot be used; StoreError
   */
  start(): Promise<void>;
  /** Unmounts the ports and ends all sessions and transfers; downloads resume after the next start. May be called again. */
  stop(): Promise<void>;
}

const TRANSFERS_MAX = 3;
const SESSIONS_MAX = 256;
const SESSIONS_PER_PEER_MAX = 32;
/** The identity of nobody, in the 66 hex digits of a compressed public key. */
const ZERO_ID = "0".repeat(66);

/** A service's parts while it runs. */
interface Running extends NodeParts {
  readonly sessions: Sessions;
}

/**
 * A service, not started yet.
 *
 * ```ts
 * import { memoryHost, MemoryNetwork } from "warpwire/host";
 * import { memoryStore } from "warpwire/store";
 * import { warpdriveService } from "warpwire/warpdrive";
 *
 * await using host = await memoryHost({ network: new MemoryNetwork(), peerId: "alice" });
 * await using store = await memoryStore();
 * await using service = warpdriveService({ host, store, downloads: "received", accept: "trusted" });
 * await service.start();
 * await service.peers.setRule("bob", "trust");
 * console.log(service.peers.rule("bob"), service.offers.list("incoming").length); // trust 0
 * ```
 */
export function warpdriveService(options: WarpdriveServiceOptions): WarpdriveService {
  const { host, store } = options;
  const peers = options.peers ?? new PeerBook(store);
  const isStranger = (peer: string) => peer !== host.peerId && (!peers.knows(peer) || peers.rule(peer) === "block");
  const book = new OfferBook(store, host.clock, { ...OFFER_LIMITS, ...options.limits }, isStranger);
  let running: Running | null = null;
  /** Starts and stops follow one another. */
  let changing: Promise<void> = Promise.resolve();
  const change = (run: () => Promise<void>) => {
    const changed = changing.then(run);
    changing = changed.catch(() => {});
    return changed;
  };
  const node = () => {
    if (running === null) throw new WarpdriveError("stopped", "The service is not running");
    return running;
  };
  const stop = () =>
    change(async () => {
      if (running === null) return;
      const { sessions, downloads, uploads, exchange } = running;
      running = null;
      await Promise.all([sessions.stop(), downloads.stop(), uploads.stop(), exchange.stopAll()]);
      await endIdleThread();
      book.close();
    });
  return {
    offers: serviceOffers(book, node),
    peers: servicePeers(book, peers),
    start: () =>
      change(async () => {
        if (running !== null) return;
        // Reading a book again would empty it for a moment for those who share it.
        await Promise.all([book.open(), options.peers === undefined ? peers.open() : undefined]);
        const folder = new DownloadFolder(resolve(options.downloads), store);
        await folder.ensure().catch((error) => {
          // What is gone may come back; a folder that cannot be used at all is a mistake.
          if (!(error instanceof FilesError) || error.code !== "no-folder") throw error;
          options.onError?.(error);
        });
        const parts = build(options, book, peers, folder);
        parts.sessions.start();
        running = parts;
        parts.downloads.resume();
      }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function build(options: WarpdriveServiceOptions, book: OfferBook, peers: PeerBook, folder: DownloadFolder): Running {
  const { host, onError = () => {}, onCollision = "rename", transfersMax = TRANSFERS_MAX } = options;
  const tell = (offer: OfferState, reason: string) => exchange.tell(offer, reason);
  const downloads = new Downloads({ host, book, folder, onCollision, transfersMax, tell, onError });
  const uploads = new Uploads(host.clock, book, tell, onError);
  const exchange: OfferExchange = new OfferExchange({
    ...{ host, book, peers, downloads, uploads, onError },
    accept: options.accept ?? "trusted",
    entriesMax: options.limits?.entriesMax ?? OFFER_LIMITS.entriesMax,
  });
  const node: NodeParts = { book, peers, downloads, uploads, exchange, folder: folder.path };
  const sessions = new Sessions({
    ...{ host, node, onError },
    isLocal: options.isLocal ?? (({ peerId }) => peerId === host.peerId || peerId === "" || peerId === ZERO_ID),
    sessionsMax: options.sessionsMax ?? SESSIONS_MAX,
    sessionsPerPeerMax: options.sessionsPerPeerMax ?? SESSIONS_PER_PEER_MAX,
  });
  return { ...node, sessions };
}

function serviceOffers(book: OfferBook, node: () => Running): ServiceOffers {
  return {
    get subscribers() {
      return book.events.size;
    },
    list: (direction) => book.list(direction && direction === "incoming"),
    get: (key) => {
      try {
        return book.known(key);
      } catch (error) {
        if (error instanceof WarpdriveError && error.code === "unknown-offer") return undefined;
        throw error;
      }
    },
    find: (direction, id, peer) => book.find(direction === "incoming", id, peer),
    files: async (key) => await book.files(book.known(key).key) ?? [],
    targets: async (key) => await targetsOf(node(), book.known(key, true)),
    send: async (peer, paths) =>
      typeof peer === "string"
        ? await node().exchange.send(peer, paths)
        : await node().exchange.send(peer.peerId, paths, peer),
    accept: async (key) => await node().downloads.accept(book.known(key, true)),
    stop: async (key) => await node().exchange.stop(book.known(key)),
    events: (signal) => book.events.subscribe(signal),
  };
}

function servicePeers(book: OfferBook, peers: PeerBook): ServicePeers {
  return {
    list: () => peers.list(),
    resolve: (text) => peers.resolve(text, book.list().map(({ peer }) => peer)),
    rule: (id) => peers.rule(id),
    setRule: (id, rule) => peers.update(id, { mod: rule === "ask" ? "" : rule }),
    setAlias: (id, alias) => peers.update(id, { alias }),
    events: (signal) => peers.events.subscribe(signal),
  };
}
