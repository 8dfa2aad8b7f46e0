/**
 * Transports to an astral node on Node and Deno: TCP, unix sockets, and WebSockets.
 *
 * @module
 */

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeAddress } from "./address.ts";
import { connectionOver, type Connector, type NodeConnection, type NodeListener } from "./connection.ts";
import { WEBSOCKET_PROTOCOLS } from "../../../codec/protocols/astral/mod.ts";
import { HostStream, type MessageSocket, wsMessageSocket, type WsSocket } from "../streams/mod.ts";
import { closeServer, startListening } from "../connect/mod.ts";
import { HostError } from "../error.ts";
import type { Clock } from "../host.ts";
import { SocketTransport } from "../socket/mod.ts";
import { loadWs } from "../websocket/mod.ts";

/** Small messages leave at once. */
const TCP = { noDelay: true };
/** The longest message of a WebSocket that is taken. */
const RECEIVED_MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/** Everything that a node may offer. WebSockets are those of the package `ws`, because only these can be slowed down. */
export const socketConnector: Connector = Object.freeze({
  async connect(address: NodeAddress, clock: Clock, closeTimeoutMs: number): Promise<NodeConnection> {
    if (address.kind === "websocket") {
      return connectionOver(await packageSocket(address.url), clock, closeTimeoutMs);
    }
    const to = address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port, ...TCP };
    return connectionOf(SocketTransport.connect(to, clock, closeTimeoutMs), clock);
  },
  listen(
    kind: "tcp" | "unix",
    clock: Clock,
    closeTimeoutMs: number,
    onConnection: (connection: NodeConnection) => void,
  ): Promise<NodeListener> {
    const server = createServer(TCP, (socket) => {
      onConnection(connectionOf(SocketTransport.accept(socket, clock, closeTimeoutMs), clock));
    });
    return kind === "unix" ? listenUnix(server) : listenTcp(server);
  },
});

function connectionOf(transport: SocketTransport, clock: Clock): NodeConnection {
  const stream = new HostStream(clock, { peerId: "" }, transport);
  transport.attach(stream);
  const closed = new Promise<void>((resolve) => transport.socket.once("close", () => resolve()));
  return { stream, transport, closed };
}

/** Only this machine can reach it, but every program on it. */
async function listenTcp(server: Server): Promise<NodeListener> {
  await startListening(server, { host: "127.0.0.1", port: 0 }, "tcp:127.0.0.1:0");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new HostError("address", "The listener has no port");
  return { address: `tcp:127.0.0.1:${bound.port}`, close: () => closeServer(server) };
}

/** In a folder that only this user may enter. */
async function listenUnix(server: Server): Promise<NodeListener> {
  const folder = await mkdtemp(join(tmpdir(), "warpwire-"));
  const path = join(folder, "apphost");
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await startListening(server, { path }, `unix:${path}`);
    await chmod(path, 0o600);
  } catch (error) {
    if (server.listening) await closeServer(server);
    await remove();
    throw error;
  }
  return { address: `unix:${path}`, close: () => closeServer(server).then(remove) };
}

/** A WebSocket of the package `ws`. @throws HostError `unsupported` if the package cannot be loaded */
async function packageSocket(url: string): Promise<MessageSocket> {
  const { WebSocket } = await loadWs(() => import("ws"));
  const socket = new WebSocket(url, [WEBSOCKET_PROTOCOLS.binary], {
    perMessageDeflate: false,
    maxPayload: RECEIVED_MESSAGE_BYTES_MAX,
    skipUTF8Validation: true,
  });
  return wsMessageSocket(socket as unknown as WsSocket);
}
