/**
 * The user API over a unix socket: a message of JSON-RPC 2.0 on each line. Who may open the file may call.
 *
 * @module
 */

import { createServer, type Socket } from "node:net";
import { closeServer, startListening } from "../../host/connect/mod.ts";
import type { Clock } from "../../host/mod.ts";
import { systemClock } from "../../host/timing/mod.ts";
import { preparePath, protectPath } from "../../unix-socket.ts";
import type { UserApi } from "../api.ts";
import { errorObject, UserError } from "../errors.ts";
import { answerText } from "../json-rpc.ts";
import { USER_API_LIMITS, type UserApiLimits } from "./limits.ts";
import { onLines } from "../lines.ts";
import { MessageClient } from "./message-client.ts";

/** A client that is cut off may take so long to read why, in milliseconds. */
const LINGER_MS = 1000;

/** Options of {@link serveUnix}. */
export interface UnixServerOptions {
  readonly limits?: Partial<UserApiLimits>;
  readonly clock?: Clock;
}

/** A socket that is served. */
export interface UnixServer extends AsyncDisposable {
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Programs of the machine may call as often as they like. */
const OWN_LIMITS: UserApiLimits = { ...USER_API_LIMITS, callsPerSecond: Infinity };

/**
 * Serves the user API at a path. What a node that was killed has left there is removed.
 *
 * @throws HostError `address`
 */
export async function serveUnix(path: string, api: UserApi, options: UnixServerOptions = {}): Promise<UnixServer> {
  const { clock = systemClock } = options;
  const limits = { ...OWN_LIMITS, ...options.limits };
  await preparePath(path);
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    if (clients.size === limits.connections) return socket.destroy();
    clients.add(socket.on("close", () => clients.delete(socket)));
    serveClient(socket, { api, clock, limits });
  });
  await startListening(server, { path }, `unix:${path}`);
  await protectPath(path);
  const close = async () => {
    const closed = closeServer(server);
    for (const client of clients) client.destroy();
    await closed;
  };
  return { close, [Symbol.asyncDispose]: close };
}

interface Parts {
  readonly api: UserApi;
  readonly clock: Clock;
  readonly limits: UserApiLimits;
}

function serveClient(socket: Socket, { api, clock, limits }: Parts): void {
  const send = (text: string) => {
    if (!socket.destroyed && socket.writable) socket.write(`${text}\n`, () => client.drained());
  };
  const client: MessageClient = new MessageClient({
    ...{ api, clock, limits },
    port: {
      send,
      queuedBytes: () => socket.writableLength,
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
    },
  });
  socket.on("error", () => {}).on("close", () => client.close());
  onLines(socket, limits.requestBytes, (line) => client.take(line), () => {
    const error = new UserError("Limit", `A request has more than ${limits.requestBytes} bytes`);
    send(answerText(null, { error: errorObject(error) }));
    socket.end();
    // Whoever goes on writing at once could not read it.
    const timer = clock.setTimer(LINGER_MS, () => socket.destroy());
    socket.on("close", () => timer.clear());
  });
}
