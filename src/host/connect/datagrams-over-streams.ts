/**
 * Datagrams for networks that only have streams. They go over a stream to each peer, opened when the first one is sent
 * and closed after a minute without datagrams.
 *
 * @module
 */

import { DatagramLink, STREAM_DATAGRAM_BYTES_MAX } from "./datagram-link.ts";
import { HostError } from "../error.ts";
import type { Datagram, DatagramMountOptions, DatagramProtocol, Host, PeerInfo, StreamProtocol } from "../host.ts";
import { checkFree, checkText, MountedDatagrams } from "./mounts.ts";

/** What follows the path of datagrams in the path of the streams that carry them; both have at most 255 bytes. */
export const DATAGRAMS_SUFFIX = "/datagrams";
/** To how many peers, and from how many, a path has streams at the same time. */
export const LINKS_MAX = 256;

/** What a host has for streams. */
export type StreamHost = Pick<Host, "clock" | "mountStreams" | "openStream">;

/**
 * The datagrams of a host without any. The host hands over its `mountDatagrams()`, and calls {@link clear} when it
 * stops:
 *
 * ```ts
 * import { type Host, memoryHost, MemoryNetwork } from "warpwire/host";
 *
 * const network = new MemoryNetwork();
 * const host: Host = await memoryHost({ network, peerId: "alice" });
 * const datagrams = new StreamDatagrams(host);
 * const mount = datagrams.mountDatagrams("news");
 * await mount.sendDatagram(Uint8Array.of(1), { peerId: "bob" }); // over a stream of "news/datagrams"
 * datagrams.clear();
 * ```
 */
export class StreamDatagrams {
  readonly #host: StreamHost;
  readonly #mounts = new Map<string, LinkedMount>();

  /** @param host Whose streams are used; only kept until something is mounted */
  constructor(host: StreamHost) {
    this.#host = host;
  }

  /**
   * See `Host.mountDatagrams`. The path has at most 245 bytes, because {@link DATAGRAMS_SUFFIX} follows it.
   *
   * @throws HostError `mounted`, also when the path with its suffix is mounted for streams
   */
  mountDatagrams(path: string, options: DatagramMountOptions = {}): DatagramProtocol {
    checkFree(this.#mounts, path);
    const mount = new LinkedMount(this.#host, path, options, () => this.#mounts.delete(path));
    this.#mounts.set(path, mount);
    return mount.protocol;
  }

  /** Unmounts everything. */
  clear(): void {
    for (const { protocol } of [...this.#mounts.values()]) protocol.unmount();
  }
}

/** A path and its streams. */
class LinkedMount {
  readonly protocol: MountedDatagrams;
  readonly #host: StreamHost;
  readonly #streams: StreamProtocol;
  /** The streams opened from here, by the peer as it was named. */
  readonly #opened = new Map<string, DatagramLink>();
  /** The streams opened by others. */
  readonly #accepted = new Set<DatagramLink>();
  /** The way back to senders: they may be where no stream can be opened to. */
  readonly #waysBack = new WeakMap<PeerInfo, DatagramLink>();

  constructor(host: StreamHost, path: string, options: DatagramMountOptions, remove: () => void) {
    this.#host = host;
    this.#streams = host.mountStreams(path + DATAGRAMS_SUFFIX);
    this.protocol = new MountedDatagrams(
      {
        clock: host.clock,
        datagramBytesMax: () => STREAM_DATAGRAM_BYTES_MAX,
        sendDatagram: (_mount, bytes, peer) => this.#send(bytes, peer),
      },
      path,
      options,
      () => {
        remove();
        this.#end();
      },
    );
    void this.#serve();
  }

  async #serve(): Promise<void> {
    for await (const incoming of this.#streams) {
      const link: DatagramLink = this.#link(() => incoming.accept(), () => this.#accepted.delete(link));
      if (this.#accepted.size >= LINKS_MAX) quietest(this.#accepted.values())?.end();
      this.#accepted.add(link);
      void link.run();
    }
    // The host has stopped, if this is not the cause of it.
    this.protocol.unmount();
  }

  async #send(bytes: Uint8Array, peer: PeerInfo): Promise<void> {
    const wayBack = this.#waysBack.get(peer);
    if (wayBack !== undefined) return wayBack.send(bytes);
    const { peerId, addresses = [] } = peer;
    if (peerId !== "") checkText(peerId, "peer id");
    else if (addresses.length === 0) {
      throw new HostError("unreachable", `Cannot send a datagram of "${this.protocol.path}" without a peer`);
    }
    await this.#linkTo(peer, [peerId, ...addresses].join("\n"))?.send(bytes);
  }

  /** The stream to a peer, or `null` if there are too many others that are busy. */
  #linkTo(peer: PeerInfo, key: string): DatagramLink | null {
    const found = this.#opened.get(key);
    if (found !== undefined) return found;
    if (this.#opened.size >= LINKS_MAX) {
      const other = quietest(this.#opened.values());
      if (other?.busy) return null;
      other?.end();
    }
    const path = this.#streams.path;
    const link = this.#link((signal) => this.#host.openStream(peer, path, { signal }), () => this.#opened.delete(key));
    this.#opened.set(key, link);
    void link.run();
    return link;
  }

  #link(begin: LinkBegin, forget: () => void): DatagramLink {
    const link: DatagramLink = new DatagramLink({
      clock: this.#host.clock,
      begin,
      deliver: (datagram) => this.#deliver(link, datagram),
      ended: () => {
        if (link.peerInfo !== null) this.#waysBack.delete(link.peerInfo);
        forget();
      },
    });
    return link;
  }

  #deliver(link: DatagramLink, datagram: Datagram): void {
    this.#waysBack.set(datagram.peerInfo, link);
    this.protocol.deliver(datagram);
  }

  #end(): void {
    this.#streams.unmount();
    for (const link of [...this.#opened.values(), ...this.#accepted]) link.end();
  }
}

type LinkBegin = (signal: AbortSignal) => ReturnType<Host["openStream"]>;

/** The link over which nothing has gone for longest. */
function quietest(links: Iterable<DatagramLink>): DatagramLink | null {
  let found: DatagramLink | null = null;
  for (const link of links) if (found === null || link.activeMs < found.activeMs) found = link;
  return found;
}
