/**
 * Two programs with one token: at handlers over TCP and unix sockets, and as services over WebSocket.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { stream } from "../../codec/mod.ts";
import { type AstralObject, astralObject, encodeObject } from "../../codec/protocols/astral/mod.ts";
import { astralService, type LocalService } from "../../src/astral/mod.ts";
import { utf8 } from "../host/pair.ts";
import { Bench, ID_ONE, ID_TWO, ObjectGuest, take } from "./guests.ts";

const test = suite("astral: two programs with one token");

/** Ends programs of a test. */
type End = () => Promise<void>;

/** The programs have the token of an identity; somebody else asks them. */
const ROWS = [{ token: "own", identity: ID_ONE }, { token: "two", identity: ID_TWO }] as const;

async function withService(body: (service: LocalService, bench: Bench) => Promise<void>): Promise<void> {
  await using service = await astralService({
    identity: ID_ONE,
    listen: [{ address: "tcp:127.0.0.1:0", protocol: "2026" }, "ws://127.0.0.1:0/.ws"],
    tokens: { own: "localnode", two: ID_TWO, asker: ID_TWO },
  });
  await using bench = new Bench();
  await body(service, bench);
}

/** What a guest is told by the program that takes a query; or how the query is refused. */
async function answerTo(service: LocalService, bench: Bench, query: string, target: string): Promise<string | number> {
  const guest = await ObjectGuest.enter(bench, service.addresses()[0], "asker");
  await guest.query(query, { target });
  const refused = await guest.refusal();
  if (refused !== null) return refused;
  return new TextDecoder().decode(await take(guest.connection, 3));
}

/** Registers a handler as the original library does: bind, register, then the token on the first stream. */
async function register(
  bench: Bench,
  address: string,
  { token, endpoint, ipcToken }: { readonly token: string; readonly endpoint: string; readonly ipcToken: string },
): Promise<ObjectGuest> {
  const bound = await ObjectGuest.enter(bench, address, token);
  await bound.open("apphost.bind");
  await bound.expect("ack");
  const registering = await ObjectGuest.enter(bench, address, token);
  await registering.open(`apphost.register_handler?endpoint=${encodeURIComponent(endpoint)}&token=${ipcToken}`);
  await registering.expect("ack");
  await bound.send("mod.apphost.bind_msg", { token: ipcToken });
  return bound;
}

/**
 * A program that is dialled: it takes queries with its name and says so, rejects one with the code 9, and leaves others
 * alone.
 */
async function program(listen: object, name: string, ipcToken: string): Promise<{ readonly at: string; end: End }> {
  const server = createServer((socket) => {
    const decoder = stream(astralObject);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      decoder.push(chunk);
      const object = decoder.pull()?.value;
      if (object?.type !== "mod.apphost.handle_query_msg") return;
      assert.is(object.value.ipcToken, ipcToken);
      const { query } = object.value;
      if (query === name) {
        socket.write(Uint8Array.from([...encodeObject({ type: "ack", value: {} }), ...utf8(name)]));
      } else if (query === `${name}-no`) {
        socket.end(encodeObject({ type: "mod.apphost.query_rejected_msg", value: { code: 9 } }));
      } else {
        socket.end(encodeObject({ type: "mod.apphost.error_msg", value: { code: "route_not_found" } }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(listen, resolve));
  const address = server.address()!;
  return {
    at: typeof address === "string" ? `unix:${address}` : `tcp:127.0.0.1:${address.port}`,
    end: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

for (const { token, identity } of ROWS) {
  test(`over TCP and a unix socket, both are asked, then the node (token of ${token})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "warpwire-shared-token-"));
    const programs = [
      await program({ host: "127.0.0.1", port: 0 }, "tea", "00000000000000aa"),
      await program({ path: join(folder, "app.sock") }, "cup", "00000000000000bb"),
    ];
    try {
      await withService(async (service, bench) => {
        const [address] = service.addresses();
        const bound = [
          await register(bench, address, { token, endpoint: programs[0].at, ipcToken: "00000000000000aa" }),
          await register(bench, address, { token, endpoint: programs[1].at, ipcToken: "00000000000000bb" }),
        ];
        const ask = (query: string) => answerTo(service, bench, query, identity);
        assert.is(await ask("tea"), "tea");
        assert.is(await ask("cup"), "cup");
        assert.is(await ask("cup-no"), 9);
        assert.is(await ask("none"), "route_not_found");
        // The node answers for itself, whatever the programs would.
        const guest = await ObjectGuest.enter(bench, address, "asker");
        await guest.open("apphost.whoami");
        assert.is(await guest.expect("identity"), ID_TWO);
        assert.is(service.status().registrations.length, 2);
        await bound[0].connection.close();
        // The handler goes with its stream, as soon as the service has seen the end.
        while (service.status().registrations.length > 1) await ask("none");
        assert.is(await ask("tea"), "route_not_found");
        assert.is(await ask("cup"), "cup");
      });
    } finally {
      await Promise.all(programs.map(({ end }) => end()));
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test(`over WebSocket, both are asked (token of ${token})`, async () => {
    await withService(async (service, bench) => {
      const url = service.addresses()[1];
      const sockets = [await serveBySocket(url, token, "tea"), await serveBySocket(url, token, "cup")];
      const ask = (query: string) => answerTo(service, bench, query, identity);
      assert.is(await ask("tea"), "tea");
      assert.is(await ask("cup"), "cup");
      assert.is(await ask("none"), 7);
      const guest = await ObjectGuest.enter(bench, service.addresses()[0], "asker");
      await guest.open("apphost.whoami");
      assert.is(await guest.expect("identity"), ID_TWO);
      for (const socket of sockets) socket.terminate();
    });
  });
}

/** A guest over WebSocket that takes the queries with its name, and rejects others with the code 7. */
async function serveBySocket(url: string, token: string, name: string): Promise<WebSocket> {
  const { socket, next, send } = await enter(url);
  send({ type: "mod.apphost.auth_token_msg", value: { token } });
  assert.is((await next()).type, "mod.apphost.auth_success_msg");
  send({ type: "mod.apphost.register_service_msg", value: { identity: null } });
  assert.is((await next()).type, "ack");
  void (async () => {
    for (;;) {
      const object = await next();
      if (object.type !== "mod.apphost.incoming_query_msg") throw new Error(`Unexpected "${object.type}"`);
      const { queryId, query } = object.value;
      if (query !== name) {
        send({ type: "mod.apphost.reject_incoming_msg", value: { queryId, code: 7 } });
        continue;
      }
      const taken = await enter(url);
      taken.send({ type: "mod.apphost.attach_query_msg", value: { queryId } });
      await taken.next();
      taken.socket.send(utf8(name));
    }
  })();
  return socket;
}

/** A guest over WebSocket that has read who the host is. */
async function enter(url: string) {
  const socket = new WebSocket(url, "astral.binary.v1");
  const decoder = stream(astralObject);
  let wake = () => {};
  socket.on("message", (data) => {
    decoder.push(Uint8Array.from(data as Buffer));
    wake();
  });
  const next = async (): Promise<AstralObject> => {
    for (;;) {
      const message = decoder.pull();
      if (message !== null) return message.value;
      await new Promise<void>((resolve) => wake = resolve);
    }
  };
  await next();
  return { socket, next, send: (object: AstralObject) => socket.send(encodeObject(object)) };
}

test.run();
