/**
 * Listeners for guests: TCP ports and unix sockets.
 *
 * @module
 */

import { createServer, type Socket } from "node:net";
import { HostError } from "../../host/mod.ts";
import {
  boundAddress,
  closeServer,
  formatSocketAddress,
  parseSocketAddress,
  type SocketAddress,
  startListening,
} from "../../host/connect/mod.ts";
import type { GuestProtocol } from "../options.ts";
import { preparePath, protectPath } from "../../unix-socket.ts";
import { isLocal, TCP_OPTIONS } from "../channels/mod.ts";

/** Something that is listened on. */
export interface Listener {
  /** The address, with the port that was given instead of 0. */
  readonly address: string;
  /** Lets nobody in any more; those who are in stay. */
  close(): Promise<void>;
}

/** An address for guests that speak over plain sockets. */
export interface SocketListening {
  readonly kind: "socket";
  readonly address: SocketAddress;
  readonly protocol: GuestProtocol;
}

/**
 * Reads an address to listen on.
 *
 * @throws HostError `address` for text that is none, or one outside this machine, unless that is allowed
 */
export function parseSocketListening(text: string, protocol: GuestProtocol, allowRemote: boolean): SocketListening {
  const address = parseSocketAddress(text);
  if (address === null || address.kind === "udp") {
    throw new HostError("address", `Cannot listen on "${text}", which is not an address for guests`);
  }
  if (!allowRemote && !isLocal(address)) {
    throw new HostError("address", `Cannot listen on "${text}": others could come in, which allowRemote permits`);
  }
  return { kind: "socket", address, protocol };
}

/**
 * Begins to listen.
 *
 * @throws HostError `address`
 */
export async function listenOnSocket(address: SocketAddress, accept: (socket: Socket) => void): Promise<Listener> {
  const server = createServer(TCP_OPTIONS, accept);
  if (address.kind === "unix") await preparePath(address.path);
  await startListening(
    server,
    address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port },
    formatSocketAddress(address),
  );
  if (address.kind === "unix") await protectPath(address.path);
  return {
    address: formatSocketAddress(boundAddress(server, address)),
    close: () => closeServer(server),
  };
}
