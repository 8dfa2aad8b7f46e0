/**
 * The ports of a node, and the sessions on them.
 *
 * @module
 */

import { draft, type Port, SHELL_PORT, unified } from "../../../codec/protocols/warpdrive/mod.ts";
import { type Host, HostError, type IncomingStream, type PeerInfo, type StreamProtocol } from "../../host/mod.ts";
import { serveStreams } from "../../host/connect/mod.ts";
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
  /** Called with sessions that ended abnormally. */
  readonly onError: OnError;
}

/** Accepts and serves streams on all ports of both dialects. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #handlers: Handlers;
  readonly #budget: ArgumentBudget;
  readonly #stopping = new AbortController();
  /** How many sessions there are, in all and by peer. */
  #count = 0;
  readonly #perPeer = new Map<string, number>();
  /** Resolves when all ports are unmounted and all sessions have ended. */
  #served: Promise<unknown> = Promise.resolve();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#handlers = nodeHandlers(options.node);
    this.#budget = new ArgumentBudget(options.host.clock);
  }

  /** Mounts the ports. Throws HostError `mounted`, after which nothing is mounted. */
  start(): void {
    const mounts: (readonly [StreamProtocol, Port | null])[] = [];
    const mount = (path: string, port: Port | null) => mounts.push([this.#options.host.mountStreams(path), port]);
    try {
      for (const port of [...unified.ports, ...draft.ports]) mount(port.name, port);
      mount(SHELL_PORT, null);
    } catch (error) {
      for (const [protocol] of mounts) protocol.unmount();
      throw error;
    }
    const { signal } = this.#stopping;
    this.#served = Promise.all(
      mounts.map(([protocol, port]) =>
        serveStreams(protocol, signal, (incoming) => this.#admit(incoming, port))
          .catch((error) => this.#report(error, undefined))
      ),
    );
  }

  /** Unmounts the ports, ends all sessions, and waits for them. */
  async stop(): Promise<void> {
    this.#stopping.abort(new WarpdriveError("stopped", "The service stops"));
    await this.#served;
  }

  #admit(incoming: IncomingStream, port: Port | null): ((signal: AbortSignal) => Promise<void>) | undefined {
    const { isLocal, sessionsMax, sessionsPerPeerMax } = this.#options;
    const { peerId } = incoming.peerInfo;
    const local = isLocal(incoming.peerInfo);
    const count = this.#perPeer.get(peerId) ?? 0;
    // What peers may take is half at most, so that they cannot lock out the node's own programs.
    const full = local ? this.#count >= sessionsMax : this.#count >= sessionsMax / 2 || count >= sessionsPerPeerMax;
    if (full || (port === null && !local)) {
      incoming.reject();
      return undefined;
    }
    this.#perPeer.set(peerId, count + 1);
    this.#count++;
    return (signal) =>
      this.#serve(incoming, port, local, signal)
        .catch((error) => this.#report(error, local ? undefined : peerId))
        .finally(() => this.#leave(peerId));
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

  /** A peer that leaves in the middle is not worth a report. */
  #report(error: unknown, peer: string | undefined): void {
    if (this.#stopping.signal.aborted) return;
    if (error instanceof HostError && (error.code === "reset" || error.code === "closed")) return;
    this.#options.onError(error, peer);
  }
}
