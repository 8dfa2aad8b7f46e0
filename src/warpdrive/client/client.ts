/**
 * The client: its calls, and what they answer.
 *
 * @module
 */

import { document } from "../../../codec/json/mod.ts";
import type { Schema } from "../../../codec/mod.ts";
import {
  type CommandName,
  type Dialect,
  draft,
  FILTERS,
  type Info,
  Offer,
  OFFER_LIMITS,
  type OfferStatus,
  type Peer,
  RESULT_CODES,
  SHA256_FORM,
  Summary,
  type Targets,
  unified,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { type Host, HostError, type PeerInfo, type WaitOptions } from "../../host/mod.ts";
import { allOf, ClientSession, portWith } from "./client-session.ts";
import type { ArgsOf, CallName, EventOf, ListenName, ReplyOf } from "./client-session.ts";
import { WarpdriveError } from "../error.ts";

/** What a client speaks; `auto` asks the peer's ports, the unified one first, and remembers the answer. */
export type DialectChoice = "auto" | "unified" | "draft";

/** Options of {@link warpdriveClient}. */
export interface WarpdriveClientOptions {
  /** The host to go out from. */
  readonly host: Host;
  /** The node to ask; the host's own by default. */
  readonly peer?: PeerInfo | undefined;
  /** Default `auto`. */
  readonly dialect?: DialectChoice | undefined;
  /**
   * How long an answer may take, in milliseconds. Default 30 s: the node that is asked may have to ask another one. Nodes
   * of 2022 and 2023 never answer for an offer that they do not know.
   */
  readonly timeoutMs?: number | undefined;
}

/** Which offers are meant. */
export type OfferFilter = keyof typeof FILTERS;

/** What became of an offer that was made. */
export interface CreatedOffer {
  readonly offerId: string;
  /** Whether the peer accepts it by itself. */
  readonly accepted: boolean;
}

/** The bytes of a download, after the peer has confirmed it. */
export interface DownloadStream {
  /** Reads bytes as `Stream.read` does: the files of the offer one after another, from the point asked for. */
  read(buf: Uint8Array, options?: WaitOptions): Promise<number | null>;
  /** Confirms that everything has arrived, and closes. */
  finish(): Promise<void>;
  /** Gives up. */
  abort(): void;
}

/** One item of a list. */
const offerItem: Schema<Offer> = document(Offer, OFFER_LIMITS);
const summaryItem: Schema<Summary> = document(Summary);
const TIMEOUT_MS = 30_000;
/** What asking for the additions may take: a node without them may keep silent. */
const PROBE_MS = 3000;
/** A byte to be sent back, and the one that ends a ping. */
const [PING, PING_END] = [1, 0];
/** How hosts report that a node does not have a port. */
const NO_PORT: ReadonlySet<string> = new Set(["unknown-protocol", "rejected"]);

/** See {@link warpdriveClient}. */
export class WarpdriveClient {
  readonly #host: Host;
  readonly #peer: PeerInfo;
  readonly #timeoutMs: number;
  readonly #choices: readonly Dialect[];
  /** The dialect that the peer was found to speak. */
  #dialect: Dialect | null = null;

  constructor({ host, peer, dialect = "auto", timeoutMs = TIMEOUT_MS }: WarpdriveClientOptions) {
    this.#host = host;
    this.#peer = peer ?? { peerId: host.peerId, addresses: host.addresses() };
    this.#timeoutMs = timeoutMs;
    this.#choices = dialect === "auto" ? [unified, draft] : [dialect === "unified" ? unified : draft];
  }

  /** The peers that the node knows. */
  async listPeers(options?: WaitOptions): Promise<Peer[]> {
    return (await this.call("listPeers", {}, options)).peers ?? [];
  }

  /** Offers a path of the node's machine to a peer: at most 255 bytes of path, no word of why it failed. */
  async createOffer(peerId: string, path: string, options?: WaitOptions): Promise<CreatedOffer> {
    const { offerId, code } = await this.call("createOffer", { peerId, path }, options);
    return { offerId, accepted: code === RESULT_CODES.accepted };
  }

  /** Accepts an offer. Resolves when its sender has confirmed the download, or it waits for its turn. */
  async acceptOffer(offerId: string, options?: WaitOptions): Promise<void> {
    await this.call("acceptOffer", { offerId }, options);
  }

  /** Offers with all their entries. */
  async listOffers(filter: OfferFilter = "all", options?: WaitOptions): Promise<Offer[]> {
    return await allOf(this.offers(filter, options));
  }

  /** The same offers one after another, however many and long they are: only one of them need be in memory. */
  offers(filter: OfferFilter = "all", options?: WaitOptions): AsyncGenerator<Offer, void, undefined> {
    return this.#items("listOffers", filter, offerItem, options);
  }

  /** New offers, until the signal fires or the loop is left. */
  async *listenOffers(filter: OfferFilter = "all", options: WaitOptions = {}): AsyncGenerator<Offer, void, undefined> {
    for await (const { offer } of this.listen("listenOffers", { filter: FILTERS[filter] }, options)) yield offer;
  }

  /** Changes of offers, until the signal fires or the loop is left. */
  async *listenStatus(
    filter: OfferFilter = "all",
    options: WaitOptions = {},
  ): AsyncGenerator<OfferStatus, void, undefined> {
    for await (const { status } of this.listen("listenStatus", { filter: FILTERS[filter] }, options)) yield status;
  }

  /**
   * Sets a peer's alias, its `mod` (`trust`, `block`, or nothing to be asked), or its addresses, separated by spaces; an
   * original node stores no addresses.
   */
  async updatePeer(
    peerId: string,
    attribute: "alias" | "mod" | "addresses",
    value: string,
    options?: WaitOptions,
  ): Promise<void> {
    await this.call("updatePeer", { update: [peerId, attribute, value] }, options);
  }

  /** Offers entries to a peer. */
  async sendOffer(offerId: string, files: Info[], options?: WaitOptions): Promise<CreatedOffer> {
    const { code } = await this.call("sendOffer", { offerId, files }, options);
    return { offerId, accepted: code === RESULT_CODES.accepted };
  }

  /** Asks a peer for the bytes of an offer from a point on. */
  async download(
    offerId: string,
    { index = -1, offset = 0 }: { readonly index?: number; readonly offset?: number } = {},
    options?: WaitOptions,
  ): Promise<DownloadStream> {
    const wait = this.#wait(options);
    const session = await this.#open("download", wait);
    try {
      const { code } = await session.call("download", { offerId, index, offset }, wait);
      if (code !== 0) throw new WarpdriveError("protocol", `The download was answered with ${code} in place of 0`);
    } catch (error) {
      session.stream.abort(error);
      throw error;
    }
    return {
      read: (buf, options) => session.reader.read(buf, options),
      finish: () => session.finish("download"),
      abort: () => session.stream.abort(),
    };
  }

  /**
   * Asks a peer for the SHA-256 of a file of its offer that has `later` in its place; `null` while it is still being made,
   * which it reports after some seconds.
   */
  async fileHash(offerId: string, index: number, options?: WaitOptions): Promise<string | null> {
    const { sha256 } = await this.call("fileHash", { offerId, index }, options);
    if (sha256 !== "" && !SHA256_FORM.test(sha256)) {
      throw new WarpdriveError("protocol", "A hash was answered with none");
    }
    return sha256 === "" ? null : sha256;
  }

  /** Whether the node answers; resolves with the time that it took, in milliseconds. */
  async ping(options?: WaitOptions): Promise<number> {
    const wait = this.#wait(options);
    const session = await this.#open("ping", wait);
    try {
      const startMs = this.#host.clock.now();
      await session.ask("ping", {}, wait);
      await session.stream.write(Uint8Array.of(PING), wait);
      const answer = await session.reader.byte(wait);
      if (answer !== PING) throw new WarpdriveError("protocol", `The ping was answered with ${answer}`);
      const durationMs = this.#host.clock.now() - startMs;
      // Some nodes send the zero back and some do not; either way the session is over.
      await session.stream.write(Uint8Array.of(PING_END), wait);
      return durationMs;
    } finally {
      await session.stream.close();
    }
  }

  /** Which version of warpwire's additions the node has, 0 for none. */
  async extensions(options?: WaitOptions): Promise<number> {
    try {
      return (await this.call("extensions", {}, { timeoutMs: PROBE_MS, ...options })).version;
    } catch (error) {
      if (!isOldNode(error)) throw error;
      return 0;
    }
  }

  /**
   * Notifies a peer that an offer between it and this node is over. Resolves to whether it supports that: nodes of 2022
   * and 2023 do not.
   */
  async endOffer(
    end: { readonly offerId: string; readonly receiver: boolean; readonly reason: string },
    options?: WaitOptions,
  ): Promise<boolean> {
    const wait = this.#wait({ timeoutMs: PROBE_MS, ...options });
    let session: ClientSession | undefined;
    try {
      session = await this.#open("extensions", wait);
      await session.call("extensions", {}, wait);
      await session.call("endOffer", end, wait);
      await session.finish("endOffer");
      return true;
    } catch (error) {
      session?.stream.abort(error);
      if (!isOldNode(error)) throw error;
      return false;
    }
  }

  /** Accepts the offer of a certain peer; the id may be shortened. Resolves to whether it waits for its turn. */
  async acceptFrom(peerId: string, offerId: string, options?: WaitOptions): Promise<{ readonly waiting: boolean }> {
    const { code, message } = await this.call("acceptFrom", { peerId, offerId }, options);
    succeeded(code, message);
    return { waiting: code === RESULT_CODES.accepted };
  }

  /** Rejects an offer that waits, or cancels one that is being transferred. */
  async stopOffer(
    offer: { readonly incoming: boolean; readonly peerId: string; readonly offerId: string },
    options?: WaitOptions,
  ): Promise<void> {
    const { code, message } = await this.call("stopOffer", offer, options);
    succeeded(code, message);
  }

  /** Offers paths of the node's machine to a peer, which may be given by alias or by the beginning of its id. */
  async offerPaths(peer: string, paths: readonly string[], options?: WaitOptions): Promise<CreatedOffer> {
    const request = { Peer: peer, Paths: [...paths] };
    const { code, offerId, message } = await this.call("offerPaths", { request }, options);
    succeeded(code, message);
    return { offerId, accepted: code === RESULT_CODES.accepted };
  }

  /** Offers without their entries. */
  async listSummaries(filter: OfferFilter = "all", options?: WaitOptions): Promise<Summary[]> {
    return await allOf(this.#items("listSummaries", filter, summaryItem, options));
  }

  /** All offers as they are, and then every one that is new or changes, until the signal fires or the loop is left. */
  async *watchOffers(filter: OfferFilter = "all", options: WaitOptions = {}): AsyncGenerator<Summary, void, undefined> {
    for await (const { summary } of this.listen("watchOffers", { filter: FILTERS[filter] }, options)) yield summary;
  }

  /** Where the entries of an incoming offer went, or would go if it were accepted now. */
  async offerTargets(peerId: string, offerId: string, options?: WaitOptions): Promise<Targets> {
    return (await this.call("offerTargets", { peerId, offerId }, options)).targets;
  }

  /**
   * Asks for something that is answered once, on a stream of its own.
   *
   * @throws WarpdriveError `refused`, `unsupported`
   * @throws HostError `timeout` of a node that does not answer, and all that `Host.openStream` throws
   * @throws CodecError for an answer that cannot be read
   */
  async call<N extends CallName>(name: N, args: ArgsOf<N>, options?: WaitOptions): Promise<ReplyOf<N>> {
    const wait = this.#wait(options);
    const session = await this.#open(name, wait);
    try {
      const reply = await session.call(name, args, wait);
      await session.finish(name);
      return reply;
    } catch (error) {
      session.stream.abort(error);
      throw error;
    }
  }

  /**
   * Asks for reports, on a stream of its own, until the signal fires or the loop is left; without a timeout they are waited
   * for as long as it takes. Throws as {@link call} does.
   */
  async *listen<N extends ListenName>(
    name: N,
    args: ArgsOf<N>,
    { signal, timeoutMs = Infinity }: WaitOptions = {},
  ): AsyncGenerator<EventOf<N>, void, undefined> {
    const session = await this.#open(name, this.#wait({ signal }));
    try {
      await session.ask(name, args, this.#wait({ signal }));
      for (;;) {
        const event = await session.event(name, { signal, timeoutMs });
        if (event === null) return;
        yield event;
      }
    } catch (error) {
      if (!(error instanceof HostError && error.code === "aborted" && signal?.aborted)) throw error;
    } finally {
      await session.finish(name);
    }
  }

  /** Asks for a list, on a stream of its own. The time limit is that of each item. */
  async *#items<T>(
    name: "listOffers" | "listSummaries",
    filter: OfferFilter,
    item: Schema<T>,
    options?: WaitOptions,
  ): AsyncGenerator<T, void, undefined> {
    const wait = this.#wait(options);
    const session = await this.#open(name, wait);
    let whole = false;
    try {
      yield* session.items(name, { filter: FILTERS[filter] }, item, wait);
      whole = true;
      await session.finish(name);
    } finally {
      // A caller that leaves the loop early does not wait for the rest.
      if (!whole) session.stream.abort();
    }
  }

  async #open(name: CommandName, wait: WaitOptions): Promise<ClientSession> {
    const dialects = this.#dialect === null ? this.#choices : [this.#dialect];
    let failure: unknown;
    for (const dialect of dialects) {
      try {
        const session = await ClientSession.open(this.#host, this.#peer, portWith(dialect, name), wait);
        this.#dialect = dialect;
        return session;
      } catch (error) {
        const missing = error instanceof HostError ? NO_PORT.has(error.code) : error instanceof WarpdriveError;
        if (!missing) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  #wait({ signal, timeoutMs = this.#timeoutMs }: WaitOptions = {}): WaitOptions {
    return { signal, timeoutMs };
  }
}

/**
 * A client of a warpdrive node. It opens a stream for each command and keeps none, so there is nothing to close.
 *
 * ```ts
 * import { memoryHost, MemoryNetwork } from "warpwire/host";
 * import { memoryStore } from "warpwire/store";
 * import { warpdriveClient, warpdriveService } from "warpwire/warpdrive";
 *
 * await using host = await memoryHost({ network: new MemoryNetwork(), peerId: "alice" });
 * await using store = await memoryStore();
 * await using service = warpdriveService({ host, store, downloads: "received" });
 * await service.start();
 *
 * const client = warpdriveClient({ host });
 * await client.updatePeer("02c6", "alias", "bob");
 * console.log(await client.listPeers()); // [ { Id: "02c6", Alias: "bob", Mod: "" } ]
 * ```
 */
export function warpdriveClient(options: WarpdriveClientOptions): WarpdriveClient {
  return new WarpdriveClient(options);
}

/** Whether an error is how a node without the additions answers them: it has no such port, closes, or keeps silent. */
function isOldNode(error: unknown): boolean {
  if (error instanceof WarpdriveError) return error.code === "unsupported" || error.code === "refused";
  return error instanceof HostError && (NO_PORT.has(error.code) || error.code === "timeout" || error.code === "reset");
}

function succeeded(code: number, message: string): void {
  if (code === RESULT_CODES.failed) throw new WarpdriveError("failed", message);
}
