/**
 * The ways to an astral node on Node and Deno: TCP, unix sockets, and WebSockets.
 *
 * @module
 */

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeAddress } from "./address.ts";
import type { Connection, Connector, Listener } from "./connection.ts";
import { wsPackageSocket } from "./websocket-package.ts";
import { connectWebSocket } from "./websocket.ts";
import { HostStream } from "../streams/mod.ts";
import { closeServer, startListening } from "../connect/mod.ts";
import { HostError } from "../error.ts";
import type { Clock } from "../host.ts";
import { SocketTransport } from "../socket/mod.ts";

/** Small messages leave at once. */
const TCP = { noDelay: true };

/** Everything that a node may offer. WebSockets are those of the package `ws`, because only these can be slowed down. */
export const socketConnector: Connector = Object.freeze({
  async connect(address: NodeAddress, clock: Clock, closeTimeoutMs: number): Promise<Connection> {
    if (address.kind === "websocket") {
      return connectWebSocket(await wsPackageSocket(address.url), clock, closeTimeoutMs);
    }
    const to = address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port, ...TCP };
    return connectionOf(SocketTransport.connect(to, clock, closeTimeoutMs), clock);
  },
  listen(
    kind: "tcp" | "unix",
    clock: Clock,
    closeTimeoutMs: number,
    onConnection: (connection: Connection) => void,
  ): Promise<Listener> {
    const server = createServer(TCP, (socket) => {
      onConnection(connectionOf(SocketTransport.accept(socket, clock, closeTimeoutMs), clock));
    });
    return kind === "unix" ? listenUnix(server) : listenTcp(server);
  },
});

function connectionOf(transport: SocketTransport, clock: Clock): Connection {
  const stream = new HostStream(clock, { peerId: "" }, transport);
  transport.attach(stream);
  const closed = new Promise<void>((resolve) => transport.socket.once("close", () => resolve()));
  return {
    stream,
    closed,
    get whenEnded() {
      return transport.whenEnded;
    },
    set whenEnded(run) {
      transport.whenEnded = run;
    },
  };
}

/** Only this machine can reach it, but every program on it. */
async function listenTcp(server: Server): Promise<Listener> {
  await startListening(server, { host: "127.0.0.1", port: 0 }, "tcp:127.0.0.1:0");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new HostError("address", "The listener has no port");
  return { address: `tcp:127.0.0.1:${bound.port}`, close: () => closeServer(server) };
}

/** In a folder that only this user may enter. */
async function listenUnix(server: Server): Promise<Listener> {
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
