/**
 * WebSockets of the platform, to astral nodes.
 *
 * @module
 */

import { WEBSOCKET_PROTOCOLS } from "../../../codec/protocols/astral/mod.ts";
import { type MessageSocket, type MessageSocketEvents, textMessageError } from "../streams/mod.ts";
import { HostError } from "../error.ts";
import type { Clock, Timer } from "../host.ts";

/** How much of what was sent the platform's socket may keep before writers wait. */
const SENT_BYTES_MAX = 256 * 1024;
/** How often the platform's socket is asked how much it still keeps. */
const SENT_POLL_MS = 5;

/** The code of a WebSocket that ended without a closing handshake (RFC 6455, 7.1.5). */
const ABNORMAL_CLOSE = 1006;

/** A message that waits until there is room for it. */
interface Message {
  readonly bytes: Uint8Array;
  readonly done: (error?: unknown) => void;
}

/**
 * The WebSocket of the platform, in browsers. It can neither be slowed down nor cut off.
 *
 * @throws HostError `unsupported` on platforms without one
 */
export function platformSocket(url: string): MessageSocket {
  if (globalThis.WebSocket === undefined) {
    throw new HostError("unsupported", `Cannot connect to "${url}": this platform has no WebSocket`);
  }
  const socket = new WebSocket(url, [WEBSOCKET_PROTOCOLS.binary]);
  socket.binaryType = "arraybuffer";
  let events: MessageSocketEvents | null = null;
  let clock: Clock | null = null;
  let timer: Timer | null = null;
  let waiting: Message[] = [];

  const sendWaiting = () => {
    timer = null;
    // A socket that is about to close drops what it is given, as if it had sent it; its end fails those who wait.
    if (socket.readyState !== WebSocket.OPEN) return;
    while (waiting.length > 0 && socket.bufferedAmount <= SENT_BYTES_MAX) {
      const { bytes, done } = waiting.shift()!;
      socket.send(bytes as Uint8Array<ArrayBuffer>);
      done();
    }
    // There is no event for free space.
    if (waiting.length > 0) timer = clock?.setTimer(SENT_POLL_MS, sendWaiting) ?? null;
  };
  const end = (code: number) => {
    timer?.clear();
    const [ended, unsent] = [events, waiting];
    events = null;
    waiting = [];
    ended?.closed(code);
    for (const { done } of unsent) done(new HostError("reset", "The WebSocket was closed"));
  };

  return {
    listen(listener, hostClock) {
      events = listener;
      clock = hostClock;
      socket.onopen = () => events?.opened();
      socket.onmessage = ({ data }) => {
        if (data instanceof ArrayBuffer) events?.received(new Uint8Array(data));
        else events?.broken(textMessageError());
      };
      socket.onclose = ({ code }) => end(code);
      // Where a page's policy forbids the connection, no close follows the error. In all other cases it does, with a
      // code that says no more than this one: an error fails the connection.
      socket.onerror = () => end(ABNORMAL_CLOSE);
    },
    send(bytes, done) {
      waiting.push({ bytes, done });
      if (timer === null) sendWaiting();
    },
    close: () => socket.close(1000),
    terminate() {
      socket.close();
      // The platform may wait long for an answer that does not come.
      end(ABNORMAL_CLOSE);
    },
  };
}
