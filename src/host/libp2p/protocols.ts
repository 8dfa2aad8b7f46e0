/**
 * Which protocols of libp2p a host speaks: that of all its streams, those that every node answers, and mounted paths
 * that begin with a slash, by which other programs of libp2p know them.
 *
 * @module
 */

import type { StreamHandler } from "@libp2p/interface";
import type { Libp2p } from "libp2p";
import { LIBP2P_PROTOCOL } from "./options.ts";
import { PING_PROTOCOL } from "./ping.ts";

/** What the node answers by itself. */
const NODE_PROTOCOLS: readonly string[] = [LIBP2P_PROTOCOL, PING_PROTOCOL, "/ipfs/id/1.0.0"];

/** Whether the node answers a protocol by itself, so that no program can. */
export function isOfNode(path: string): boolean {
  return NODE_PROTOCOLS.includes(path);
}

/**
 * The protocols by which a path can be opened, the best first: hosts like this one say by theirs whether the program
 * accepts, all others have nothing but the protocol itself.
 */
export function protocolsFor(path: string): string[] {
  if (isOfNode(path)) return [path];
  return path.startsWith("/") ? [LIBP2P_PROTOCOL, path] : [LIBP2P_PROTOCOL];
}

/** The mounted paths that are protocols of a node. */
export class MountedProtocols {
  readonly #answer: StreamHandler;
  readonly #streamsMax: number;
  #node: Libp2p | null = null;

  /** @param streamsMax How many streams of a protocol a connection has in each direction */
  constructor(answer: StreamHandler, streamsMax: number) {
    this.#answer = answer;
    this.#streamsMax = streamsMax;
  }

  /** The node has them from now on, those that are mounted already and those that will be. */
  begin(node: Libp2p, paths: readonly string[]): void {
    this.#node = node;
    for (const path of paths) this.add(path);
  }

  /** The node has none any more. */
  end(): void {
    this.#node = null;
  }

  /** A path was mounted. */
  add(path: string): void {
    if (!path.startsWith("/")) return;
    const limits = { maxInboundStreams: this.#streamsMax, maxOutboundStreams: this.#streamsMax };
    // It is there at once; what takes longer, and ends with the node, is only writing it down for identify.
    this.#node?.handle(path, this.#answer, limits).catch(nothing);
  }

  /** A path was unmounted. */
  remove(path: string): void {
    if (path.startsWith("/")) this.#node?.unhandle(path).catch(nothing);
  }
}

function nothing(): void {}
