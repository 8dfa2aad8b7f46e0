/**
 * The WebSocket of the platform, as pages have it: what the host learns of a connection that fails.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { platformSocket } from "../../../src/host/astral/websocket-platform.ts";
import { systemClock } from "../../../src/host/mod.ts";

const test = suite("WebSockets of pages");

/** A WebSocket that does only what the test makes it do. */
class ScriptedSocket {
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static last: ScriptedSocket;
  readyState = ScriptedSocket.OPEN;
  bufferedAmount = 0;
  onerror: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor() {
    ScriptedSocket.last = this;
  }
  send(): void {}
  close(): void {}
}

const platform = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");

test.before.each(() => {
  Object.defineProperty(globalThis, "WebSocket", { value: ScriptedSocket, configurable: true, writable: true });
});

test.after.each(() => {
  if (platform === undefined) Reflect.deleteProperty(globalThis, "WebSocket");
  else Object.defineProperty(globalThis, "WebSocket", platform);
});

function listening() {
  const codes: number[] = [];
  const socket = platformSocket("ws://192.0.2.1/");
  const unused = () => {};
  const events = { opened: unused, received: unused, broken: unused, closed: (code: number) => codes.push(code) };
  socket.listen(events, systemClock);
  return { socket, codes };
}

test("an error ends a connection at once, even if no close follows", () => {
  const { socket, codes } = listening();
  const sent: unknown[] = [];
  ScriptedSocket.last.bufferedAmount = Infinity;
  socket.send(Uint8Array.of(1), (error) => sent.push(error));
  ScriptedSocket.last.onerror!();
  assert.equal(codes, [1006]);
  assert.is(sent.length, 1);
  assert.is((sent[0] as { code: string }).code, "reset");
});

test("the close that follows an error is not reported twice", () => {
  const { codes } = listening();
  ScriptedSocket.last.onerror!();
  ScriptedSocket.last.onclose!({ code: 1006 });
  assert.equal(codes, [1006]);
});

test("a close without an error keeps its code", () => {
  const { codes } = listening();
  ScriptedSocket.last.onclose!({ code: 1000 });
  assert.equal(codes, [1000]);
});

test("what is sent while the socket closes is not taken for sent", () => {
  const { socket } = listening();
  const sent: unknown[] = [];
  ScriptedSocket.last.readyState = ScriptedSocket.CLOSING;
  socket.send(Uint8Array.of(1), (error) => sent.push(error));
  assert.equal(sent, []);
  ScriptedSocket.last.onclose!({ code: 1000 });
  assert.is((sent[0] as { code: string }).code, "reset");
});

test.run();
