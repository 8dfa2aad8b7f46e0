/**
 * The ports of a node, and the sessions on them.
 *
 * @module
 */

import { draft, type Port, SHELL_PORT, unified } from "../../../codec/protocols/warpdrive/mod.ts";
import { type Host, HostError, type IncomingStream, type PeerInfo, type StreamProtocol } from "../../host/mod.ts";
import { AbortGroup } from "../transfers/mod.ts";
import { ArgumentBudget } from "./argument-budget.ts";
import { type OnError, WarpdriveError } from "../error.ts";
import { nodeHandlers, type NodeParts } from "./handlers.ts";
import { type Handlers, serveSession } from "./session.ts";
import { serveShell } from "./shell.ts";

/** What sessions need. */
export interface SessionsOptions {
  readonly host: Host;
  readonly node: NodeParts;
  /** Whether a caller is a program of this node. */
  readonly isLocal: (caller: PeerInfo) => boolean;
  /** Sessions at once in all, and of one peer. */
  readonly sessionsMax: number;
  readonly sessionsPerPeerMax: number;
  /** Told about sessions that did not end orderly. */
  readonly onError: OnError;
}

/** Accepts and serves streams on all ports of both dialects. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #handlers: Handlers;
  readonly #mounts: StreamProtocol[] = [];
  /** Ends all sessions. */
  readonly #group = new AbortGroup();
  readonly #running = new Set<Promise<void>>();
  readonly #perPeer = new Map<string, number>();
  readonly #budget: ArgumentBudget;
  /** Sessions that run. */
  #count = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#handlers = nodeHandlers(options.node);
    this.#budget = new ArgumentBudget(options.host.clock);
  }

  /** Mounts the ports. Throws HostError `mounted`, after which nothing is mounted. */
  start(): void {
    try {
      for (const port of [...unified.ports, ...draft.ports]) this.#mount(port.name, port);
      this.#mount(SHELL_PORT, null);
    } catch (error) {
      for (const mount of this.#mounts) mount.unmount();
      throw error;
    }
  }

  /** Unmounts the ports, breaks off all sessions, and waits for them. */
  async stop(): Promise<void> {
    for (const mount of this.#mounts) mount.unmount();
    this.#group.abort(new WarpdriveError("stopped", "The service stops"));
    await Promise.all(this.#running);
  }

  #mount(path: string, port: Port | null): void {
    const mount = this.#options.host.mountStreams(path);
    this.#mounts.push(mount);
    this.#run(this.#accept(mount, port), undefined);
  }

  async #accept(mount: StreamProtocol, port: Port | null): Promise<void> {
    for await (const incoming of mount) {
      const { peerId } = incoming.peerInfo;
      const local = this.#options.isLocal(incoming.peerInfo);
      const count = this.#perPeer.get(peerId) ?? 0;
      const { sessionsMax, sessionsPerPeerMax } = this.#options;
      // What peers may take is half at most, so that they cannot lock out the node's own programs.
      const full = local ? this.#count >= sessionsMax : this.#count >= sessionsMax / 2 || count >= sessionsPerPeerMax;
      if (full || (port === null && !local)) {
        incoming.reject();
        continue;
      }
      this.#perPeer.set(peerId, count + 1);
      this.#count++;
      const served = this.#group.run((signal) => this.#serve(incoming, port, local, signal));
      this.#run(served.finally(() => this.#leave(peerId)), local ? undefined : peerId);
    }
  }

  async #serve(incoming: IncomingStream, port: Port | null, local: boolean, signal: AbortSignal): Promise<void> {
    const { host, node } = this.#options;
    const { clock } = host;
    const stream = await incoming.accept();
    if (port === null) return await serveShell({ stream, clock, node, self: host.peerId, signal });
    // A blocked peer gets no further than its opcode.
    const admits = ({ name }: { readonly name: string }) =>
      name !== "sendOffer" || node.peers.rule(stream.peerInfo.peerId) !== "block";
    const { peerId } = stream.peerInfo;
    let gaveWay: WarpdriveError | null = null;
    const giveWay = (reason: WarpdriveError) => {
      gaveWay = reason;
      stream.abort(reason);
    };
    const isStranger = () => !node.peers.knows(peerId);
    const share = local ? undefined : this.#budget.share({ peer: peerId, isStranger, giveWay });
    const counting = { onBytes: share?.take, onFree: share?.free };
    try {
      await serveSession({ stream, clock, port, handlers: this.#handlers, local, admits, signal, ...counting });
    } catch (error) {
      throw gaveWay ?? error;
    }
  }

  #leave(peerId: string): void {
    this.#count--;
    const count = this.#perPeer.get(peerId)! - 1;
    if (count === 0) this.#perPeer.delete(peerId);
    else this.#perPeer.set(peerId, count);
  }

  #run(work: Promise<void>, peer: string | undefined): void {
    const done = work.catch((error) => this.#report(error, peer)).finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  /** A peer that leaves in the middle is nothing to tell of. */
  #report(error: unknown, peer: string | undefined): void {
    if (this.#group.aborted) return;
    if (error instanceof HostError && (error.code === "reset" || error.code === "closed")) return;
    this.#options.onError(error, peer);
  }
}
