/**
 * WebSockets of the platform, to astral nodes.
 *
 * @module
 */

import { WEBSOCKET_PROTOCOLS } from "../../codec/protocols/astral/mod.ts";
import type { BinarySocket, SocketEvents } from "./astral-websocket.ts";
import { HostError } from "./error.ts";
import type { Clock } from "./host.ts";

/** How much of what was sent the platform's socket may keep before writers wait. */
const SENT_BYTES_MAX = 256 * 1024;
/** How often the platform's socket is asked how much it still keeps. */
const SENT_POLL_MS = 5;

/**
 * The WebSocket of the platform, in browsers. It can neither be slowed down nor cut off.
 *
 * @throws HostError `unsupported` on platforms without one
 */
export function platformSocket(url: string): BinarySocket {
  if (globalThis.WebSocket === undefined) {
    throw new HostError("unsupported", `Cannot connect to "${url}": this platform has no WebSocket`);
  }
  const socket = new WebSocket(url, [WEBSOCKET_PROTOCOLS.binary]);
  socket.binaryType = "arraybuffer";
  let events: SocketEvents | null = null;
  let clock: Clock | null = null;
  const closed = (code: number) => {
    events?.closed(code);
    events = null;
  };
  const whenSent = (done: (error?: unknown) => void): void => {
    if (events === null) done(new HostError("reset", "The WebSocket was closed"));
    else if (socket.bufferedAmount <= SENT_BYTES_MAX) done();
    else clock?.setTimer(SENT_POLL_MS, () => whenSent(done));
  };
  return {
    listen(listener, hostClock) {
      events = listener;
      clock = hostClock;
      socket.onopen = () => events?.opened();
      socket.onmessage = ({ data }) => {
        if (data instanceof ArrayBuffer) events?.received(new Uint8Array(data));
        else events?.refused();
      };
      socket.onclose = ({ code }) => closed(code);
    },
    send(bytes, done) {
      socket.send(bytes as Uint8Array<ArrayBuffer>);
      whenSent(done);
    },
    close: () => socket.close(1000),
    terminate() {
      socket.close();
      // The platform may wait long for an answer that does not come.
      closed(1006);
    },
  };
}
