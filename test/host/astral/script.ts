/**
 * Nodes that follow a script: each connection of a guest is one scene.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { createWebSocketStream, WebSocketServer } from "ws";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { type AstralObject, encodeObject, WEBSOCKET_PROTOCOLS } from "../../../codec/protocols/astral/mod.ts";
import type { Clock } from "../../../src/host/host.ts";
import { systemClock } from "../../../src/host/timing/system.ts";

/** A connection of a guest, seen from the node. */
export interface Guest {
  /** Reads so many bytes; fails if the guest ends before. */
  read(count: number): Promise<Uint8Array>;
  /** Reads these bytes, and fails if others come. */
  expect(bytes: string | Uint8Array | AstralObject): Promise<void>;
  send(bytes: string | Uint8Array | AstralObject): void;
  /** Ends the connection. */
  end(): void;
  /** Waits for the guest's end; fails if it sends anything before. */
  ended(): Promise<void>;
  /** Waits for the guest's end, whatever it sends before. */
  gone(): Promise<void>;
}

/** What the node does on one connection. */
export type Scene = (guest: Guest) => Promise<void> | void;

/** A node whose connections are the scenes, in their order. */
export interface ScriptedNode {
  readonly address: string;
  /** Resolves when all scenes were played. */
  readonly played: Promise<void>;
  /** Goes away, with all connections. */
  stop(): Promise<void>;
}

/** The time of the machine, and the timers that were set with it. */
export function recordedClock(): Clock & { readonly timers: readonly { readonly delayMs: number; run(): void }[] } {
  const timers: { delayMs: number; run(): void }[] = [];
  return {
    timers,
    now: systemClock.now,
    setTimer(delayMs, run) {
      timers.push({ delayMs, run });
      return systemClock.setTimer(delayMs, run);
    },
  };
}

/** Bytes of hex, of an object, or as they are. */
export function bytesOf(bytes: string | Uint8Array | AstralObject): Uint8Array {
  if (typeof bytes === "string") return parseHex(bytes.replaceAll(" ", ""));
  return bytes instanceof Uint8Array ? bytes : encodeObject(bytes);
}

/** A node that listens: on TCP, at a unix socket, for WebSockets, or at an address where one was before. */
export async function scriptedNode(
  scenes: readonly Scene[],
  where: "tcp" | "unix" | "ws" | string = "tcp",
): Promise<ScriptedNode> {
  const sockets = new Set<Duplex>();
  const played: Promise<void>[] = [];
  let allBegun: () => void = () => {};
  const begun = new Promise<void>((resolve) => allBegun = resolve);
  const { address, close } = await listening(where, (socket) => {
    sockets.add(socket);
    const scene = scenes[played.length] ?? (() => assert.unreachable("A guest connects once too often"));
    const playing = Promise.resolve(scene(guestOf(socket)));
    playing.catch(() => socket.destroy());
    played.push(playing);
    if (played.length === scenes.length) allBegun();
  });
  return {
    address,
    played: begun.then(() => Promise.all(played)).then(() => {}),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await close();
    },
  };
}

/** Where somebody listens. */
export interface Listening {
  readonly address: string;
  close(): Promise<void>;
}

/** Listens, on TCP, at a unix socket, for WebSockets, or at an address where somebody was before. */
export async function listening(where: string, onSocket: (socket: Duplex) => void): Promise<Listening> {
  if (where.startsWith("ws")) return await listeningOnWebSocket(where, onSocket);
  const server = createServer({ noDelay: true }, onSocket);
  const isUnix = where.startsWith("unix");
  const path = where === "unix" ? join(mkdtempSync(join(tmpdir(), "warpwire-")), "node") : where.slice("unix:".length);
  const folder = dirname(path);
  if (isUnix) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = isUnix ? { path } : { host: "127.0.0.1", port: where === "tcp" ? 0 : Number(where.split(":").at(-1)) };
  await new Promise<void>((resolve) => server.listen(at, resolve));
  const bound = server.address();
  return {
    address: typeof bound === "object" && bound !== null ? `tcp:127.0.0.1:${bound.port}` : `unix:${path}`,
    async close() {
      await new Promise((resolve) => server.close(resolve));
      if (isUnix) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listeningOnWebSocket(where: string, onSocket: (socket: Duplex) => void): Promise<Listening> {
  const port = where === "ws" ? 0 : Number(new URL(where).port);
  const handleProtocols = () => WEBSOCKET_PROTOCOLS.binary;
  const server = new WebSocketServer({ host: "127.0.0.1", port, path: "/.ws", handleProtocols });
  server.on("connection", (socket) => onSocket(createWebSocketStream(socket)));
  await new Promise<void>((resolve) => server.once("listening", resolve));
  return {
    address: `ws://127.0.0.1:${(server.address() as { port: number }).port}/.ws`,
    async close() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Runs a test with a node, whose script must have been followed to its end. */
export async function withNode(
  scenes: readonly Scene[],
  body: (address: string) => Promise<void>,
  where?: "tcp" | "unix" | "ws",
): Promise<void> {
  const node = await scriptedNode(scenes, where);
  try {
    await body(node.address);
    await node.played;
  } finally {
    await node.stop();
  }
}

/** The node's half of any socket. */
export function guestOf(socket: Duplex): Guest {
  let bytes: number[] = [];
  let isEnded = false;
  let wake: () => void = () => {};
  const more = () => new Promise<void>((resolve) => wake = resolve);
  const end = () => {
    isEnded = true;
    wake();
  };
  socket.on("data", (chunk) => {
    bytes.push(...chunk);
    wake();
  }).on("end", end).on("error", end).on("close", end);
  const read = async (count: number): Promise<Uint8Array> => {
    while (bytes.length < count && !isEnded) await more();
    assert.ok(bytes.length >= count, `The guest ends after ${bytes.length} of ${count} bytes`);
    const taken = Uint8Array.from(bytes.slice(0, count));
    bytes = bytes.slice(count);
    return taken;
  };
  return {
    read,
    async expect(expected) {
      const wanted = bytesOf(expected);
      assert.is(formatHex(await read(wanted.length)), formatHex(wanted));
    },
    send: (sent) => void socket.write(bytesOf(sent)),
    end: () => void socket.end(),
    async ended() {
      while (!isEnded && bytes.length === 0) await more();
      assert.is(formatHex(Uint8Array.from(bytes)), "");
    },
    async gone() {
      while (!isEnded) await more();
    },
  };
}
