/**
 * A session recorded between the JavaScript library of 2026 and a host, replayed against the local service.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { encode, formatHex } from "../../codec/mod.ts";
import {
  type AstralObject,
  authRequest,
  commandRequest2023,
  decodeObjectJson,
  encodeObjectJson,
} from "../../codec/protocols/astral/mod.ts";
import type { IncomingStream, Stream } from "../../src/host/host.ts";
import { astralService, type LocalService } from "../../src/astral/mod.ts";
import { fixture } from "../fixture.ts";
import { Bench, ID_ONE, ID_TWO, takeAll } from "./guests.ts";
import { readAll } from "../host/pair.ts";

type Row = readonly [connection: string, what: string, text: string | number, origin?: string];

/** Where the texts of the service differ from the recorded ones, and why. */
const EXCEPTIONS: readonly { readonly recorded: RegExp; readonly text: string; readonly why: string }[] = [
  {
    recorded: /"Object":null\}/,
    text: '"Object":{}}',
    why: "a Go process reads an ack or eos whose object is null as no object at all",
  },
  { recorded: /&/g, text: "\\u0026", why: "the recorded host was written in JavaScript; nodes escape the ampersand" },
];

const session = fixture("apphost-2026-websocket-json-session.json") as readonly Row[];
const FIXED_ID = /"QueryID":"([0-9a-f]+)"/;

const test = suite("astral: recorded WebSocket session of 2026");

/** A guest by WebSocket, whose messages wait to be looked at. */
class Guest {
  readonly #socket: WebSocket;
  readonly #messages: string[] = [];
  #wake: (() => void) | null = null;
  readonly closed: Promise<number>;

  constructor(url: string, protocol: string) {
    this.#socket = new WebSocket(url, protocol);
    this.#socket.on("message", (data) => {
      this.#messages.push(String(data));
      this.#wake?.();
    });
    this.closed = new Promise((resolve) =>
      this.#socket.on("close", (code) => {
        resolve(code);
        this.#wake?.();
      })
    );
  }

  async next(): Promise<string> {
    while (this.#messages.length === 0) {
      if (this.#socket.readyState === WebSocket.CLOSED) throw new Error("The WebSocket was closed");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#messages.shift()!;
  }

  send(text: string): Promise<void> {
    return new Promise((resolve, reject) => this.#socket.send(text, (error) => error ? reject(error) : resolve()));
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

test("every message gets the recorded answer", async () => {
  await using service = await astralService({
    identity: ID_ONE,
    alias: "node-a",
    listen: ["ws://127.0.0.1:0/.ws", "tcp:127.0.0.1:0"],
    tokens: { tok: ID_TWO },
    allowAnonymous: true,
  });
  const programs = serve(service);
  await using bench = new Bench();
  const guests = new Map<string, Guest>();
  const asked: Promise<unknown>[] = [];
  /** The numbers of the recorded queries, and those that they have today. */
  const ids = new Map<string, string>();
  for (const [index, [name, what, text]] of session.entries()) {
    const guest = guests.get(name);
    switch (what) {
      case "upgrade":
        guests.set(name, new Guest(service.addresses()[0], String(text)));
        break;
      case "guest>host":
        await guest!.send(String(text).replace(FIXED_ID, (_, id) => `"QueryID":"${ids.get(id)}"`));
        break;
      case "host>guest":
        if (String(text).includes("incoming_query")) asked.push(ask(service, bench, String(text)));
        compare(await guest!.next(), String(text), ids, `row ${index}`);
        break;
      case "close":
        await guest!.close();
    }
  }
  // The stream of the query that was taken has what the guest said; the one that was rejected has its code.
  const [taken, rejected] = await Promise.all(asked);
  assert.equal(taken, [{ type: "string8", value: "hello" }, { type: "eos", value: {} }]);
  assert.is(rejected, "01");
  assert.is(ids.size, 2);
  await service.stop();
  await programs;
});

function compare(actual: string, recorded: string, ids: Map<string, string>, place: string): void {
  const id = FIXED_ID.exec(recorded)?.[1];
  if (id !== undefined) ids.set(id, FIXED_ID.exec(actual)![1]);
  const today = recorded.replace(FIXED_ID, () => `"QueryID":"${ids.get(id!)}"`);
  const expected = EXCEPTIONS.reduce((text, { recorded, text: ours }) => text.replace(recorded, ours), today);
  assert.is(actual, expected, place);
}

/** Makes the service send the incoming query that was recorded. */
async function ask(service: LocalService, bench: Bench, recorded: string): Promise<unknown> {
  const { object } = decodeObjectJson(recorded);
  assert.is(object.type, "mod.apphost.incoming_query_msg");
  const { caller, target, query } = (object as Extract<AstralObject, { type: "mod.apphost.incoming_query_msg" }>).value;
  if (caller !== null) {
    assert.is(caller, service.identity);
    return await linesOf(await service.host.openStream({ peerId: target! }, query));
  }
  // Nobody asks: a guest of 2023 without a token.
  const guest = bench.dial(service.addresses()[1]);
  await guest.stream.write(encode(authRequest, { token: "" }));
  await guest.stream.write(encode(commandRequest2023, { command: "query", target: target!, query }));
  return formatHex(await takeAll(guest)).slice(2);
}

async function linesOf(stream: Stream): Promise<AstralObject[]> {
  const text = new TextDecoder().decode(await readAll(stream));
  return text.trimEnd().split("\n").map((line) => decodeObjectJson(line).object);
}

/** The programs of the recorded host. */
async function serve({ host }: LocalService): Promise<void> {
  const info = host.mountStreams("user.info");
  const rejecting = host.mountStreams("rej");
  await Promise.all([
    (async () => {
      for await (const incoming of info) await inform(incoming);
    })(),
    (async () => {
      for await (const incoming of rejecting) incoming.reject(7);
    })(),
  ]);
}

async function inform(incoming: IncomingStream): Promise<void> {
  // Hosts add the formats for guests that speak JSON.
  assert.is(incoming.path, "user.info?name=al+ice%26x&in=json&out=json");
  assert.is(incoming.peerInfo.peerId, ID_TWO);
  const stream = await incoming.accept();
  const objects: AstralObject[] = [
    { type: "string8", value: "hi" },
    { type: "bytes32", value: Uint8Array.of(1, 2, 3) },
    { type: "eos", value: {} },
  ];
  const text = objects.map((object) => `${encodeObjectJson(object)}\n`).join("");
  // Cut in an odd place, to be put together again line by line.
  await stream.write(new TextEncoder().encode(text.slice(0, 50)));
  await stream.write(new TextEncoder().encode(text.slice(50)));
}

test.run();
