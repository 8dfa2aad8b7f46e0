/**
 * WebSockets of the package `ws`, to astral nodes.
 *
 * @module
 */

import { WEBSOCKET_PROTOCOLS } from "../../../codec/protocols/astral/mod.ts";
import type { BinarySocket } from "./websocket.ts";
import { loadWs } from "../websocket/mod.ts";

/** The longest message that is taken. */
const RECEIVED_MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/** What is used of the package `ws`, whose types are not ours to publish. */
interface WsSocket {
  binaryType: string;
  on(event: "open", run: () => void): void;
  on(event: "message", run: (data: Uint8Array, isBinary: boolean) => void): void;
  on(event: "error", run: (error: unknown) => void): void;
  on(event: "close", run: (code: number) => void): void;
  send(data: Uint8Array, options: { binary: boolean }, done: (error?: Error | null) => void): void;
  close(code: number): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

/**
 * A WebSocket of the package `ws`, on Node and Deno.
 *
 * @throws HostError `unsupported` if the package cannot be loaded
 */
export async function wsPackageSocket(url: string): Promise<BinarySocket> {
  const { WebSocket } = await loadWs(() => import("ws"));
  const socket = new WebSocket(url, [WEBSOCKET_PROTOCOLS.binary], {
    perMessageDeflate: false,
    maxPayload: RECEIVED_MESSAGE_BYTES_MAX,
    skipUTF8Validation: true,
  }) as unknown as WsSocket;
  return {
    listen(events) {
      let failure: unknown;
      socket.binaryType = "nodebuffer";
      socket.on("open", events.opened);
      socket.on("message", (data, isBinary) => {
        if (!isBinary) events.refused();
        else events.received(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length));
      });
      socket.on("error", (error) => failure = error);
      socket.on("close", (code) => events.closed(code, failure));
    },
    send: (bytes, done) => socket.send(bytes, { binary: true }, (error) => done(error ?? undefined)),
    close: () => socket.close(1000),
    terminate: () => socket.terminate(),
    flow: { pause: () => socket.pause(), resume: () => socket.resume() },
  };
}
