/**
 * Guests of 2026: tokens, queries, services and handlers.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeObject } from "../../codec/protocols/astral/mod.ts";
import { Connection } from "../../src/astral/channels/connection.ts";
import { astralService, type LocalService, type ServiceEvent, type ServiceOptions } from "../../src/astral/mod.ts";
import { Bench, echo, ID_ONE, ID_THREE, ID_TWO, ObjectGuest, take, takeAll } from "./guests.ts";
import { utf8 } from "../host/pair.ts";

const test = suite("astral: guests of 2026");

interface Scene {
  readonly service: LocalService;
  readonly bench: Bench;
  readonly address: string;
  readonly events: ServiceEvent[];
  /** Waits until something has happened; fails if nothing more happens. */
  happened<T extends ServiceEvent["type"]>(type: T): Promise<void>;
}

/** A service of the identity 1, with tokens of that identity and of 2 and 3. */
function scene(title: string, body: (scene: Scene) => Promise<void>, options: Partial<ServiceOptions> = {}): void {
  test(title, async () => {
    const events: ServiceEvent[] = [];
    const waiting = new Set<() => void>();
    await using service = await astralService({
      identity: ID_ONE,
      alias: "one",
      listen: [{ address: "tcp:127.0.0.1:0", protocol: "2026" }],
      tokens: { own: "localnode", two: ID_TWO, three: ID_THREE },
      onEvent(event) {
        events.push(event);
        for (const wake of waiting) wake();
      },
      ...options,
    });
    await using bench = new Bench();
    const happened = async (type: ServiceEvent["type"]) => {
      while (!events.some((event) => event.type === type)) {
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
        });
      }
    };
    await body({ service, bench, address: service.addresses()[0], events, happened });
  });
}

scene("a guest is told who the host is", async ({ bench, address }) => {
  const guest = new ObjectGuest(bench.dial(address));
  assert.equal(await guest.expect("mod.apphost.host_info_msg"), { identity: ID_ONE, alias: "one" });
});

scene("a wrong token fails, a right one succeeds, three wrong ones end the connection", async ({ bench, address }) => {
  const guest = await ObjectGuest.enter(bench, address);
  for (const token of ["owl", ""]) {
    await guest.send("mod.apphost.auth_token_msg", { token });
    await guest.expectError("auth_failed");
  }
  await guest.send("mod.apphost.auth_token_msg", { token: "two" });
  assert.equal(await guest.expect("mod.apphost.auth_success_msg"), { guestId: ID_TWO });
  await guest.send("mod.apphost.auth_token_msg", { token: "own " });
  await guest.expectError("auth_failed");
  assert.is(await guest.connection.piece(), null);
});

scene("a query becomes a stream, and bytes behind the query are the stream's", async ({ service, bench, address }) => {
  void echo(service.host.mountStreams("echo"));
  const guest = await ObjectGuest.enter(bench, address, "two");
  await guest.query("echo?x=1");
  await guest.connection.stream.write(utf8("early"));
  await guest.expect("mod.apphost.query_accepted_msg");
  assert.equal(await take(guest.connection, 5), utf8("early"));
  await guest.connection.stream.write(utf8("late"));
  assert.equal(await take(guest.connection, 4), utf8("late"));
});

scene("programs in the process see who asks, and for what", async ({ service, bench, address }) => {
  const protocol = service.host.mountStreams("shop");
  const guest = await ObjectGuest.enter(bench, address, "three");
  await guest.query("shop?item=tea&count=2");
  const incoming = await protocol.nextIncoming();
  assert.is(incoming.peerInfo.peerId, ID_THREE);
  assert.is(incoming.path, "shop?item=tea&count=2");
  incoming.reject(9);
  assert.equal(await guest.expect("mod.apphost.query_rejected_msg"), { code: 9 });
  await guest.query("nothing");
  await guest.expectError("route_not_found");
  await guest.query("shop", { target: ID_TWO });
  await guest.expectError("route_not_found");
});

scene("guests without a token may do nothing", async ({ service, bench, address }) => {
  void echo(service.host.mountStreams("echo"));
  const guest = await ObjectGuest.enter(bench, address);
  await guest.query("echo");
  await guest.expectError("denied");
  await guest.send("mod.apphost.register_service_msg", { identity: null });
  await guest.expectError("denied");
});

scene("nobody acts in another one's name", async ({ service, bench, address }) => {
  void echo(service.host.mountStreams("echo"));
  const guest = await ObjectGuest.enter(bench, address, "two");
  await guest.query("echo", { caller: ID_ONE });
  await guest.expectError("denied");
  await guest.send("mod.apphost.register_service_msg", { identity: ID_THREE });
  await guest.expectError("denied");
  await guest.open("echo", { caller: ID_TWO });
});

scene("where it is allowed, guests without a token are nobody", async ({ service, bench, address }) => {
  const protocol = service.host.mountStreams("open");
  const guest = await ObjectGuest.enter(bench, address);
  await guest.query("open");
  const incoming = await protocol.nextIncoming();
  assert.is(incoming.peerInfo.peerId, "");
  await incoming.accept();
  await guest.expect("mod.apphost.query_accepted_msg");
  const other = await ObjectGuest.enter(bench, address);
  await other.send("mod.apphost.register_service_msg", { identity: null });
  await other.expectError("denied");
}, { allowAnonymous: true });

scene("what is no request ends the session with protocol_error", async ({ bench, address }) => {
  const breaches: Uint8Array[] = [
    encodeObject({ type: "mod.apphost.ping_msg", value: {} }),
    encodeObject({ type: "uint8", value: 1 }),
    utf8("GET / HTTP/1.1\r\nhost: example.org\r\n".repeat(3)),
    // A payload that is longer than a session takes.
    encodeObject({ type: "bytes32", value: new Uint8Array(200_000) }),
  ];
  for (const bytes of breaches) {
    const guest = await ObjectGuest.enter(bench, address, "two");
    await guest.connection.stream.write(bytes).catch(() => {});
    await guest.expectError("protocol_error");
    assert.is(await guest.connection.piece(), null);
  }
});

scene("a service takes queries with another connection, or rejects them", async ({ service, bench, address }) => {
  const app = await ObjectGuest.enter(bench, address, "two");
  await app.send("mod.apphost.register_service_msg", { identity: ID_TWO });
  await app.expect("ack");
  const guest = await ObjectGuest.enter(bench, address, "three");
  await guest.query("greet?name=x", { target: ID_TWO });
  const { queryId, ...rest } = await app.expect("mod.apphost.incoming_query_msg");
  assert.equal(rest, { caller: ID_THREE, target: ID_TWO, query: "greet?name=x" });

  const stranger = await ObjectGuest.enter(bench, address);
  await stranger.send("mod.apphost.attach_query_msg", { queryId: "0000000000000001" });
  await stranger.expectError("route_not_found");
  // Nor can others reject what is not theirs.
  await stranger.send("mod.apphost.reject_incoming_msg", { queryId, code: 3 });

  const taken = await ObjectGuest.enter(bench, address);
  await taken.send("mod.apphost.attach_query_msg", { queryId });
  await taken.connection.stream.write(utf8("hello"));
  await taken.expect("ack");
  await guest.expect("mod.apphost.query_accepted_msg");
  assert.equal(await take(guest.connection, 5), utf8("hello"));
  await guest.connection.close();
  assert.equal(await takeAll(taken.connection), new Uint8Array(0));

  const opening = service.host.openStream({ peerId: ID_TWO }, "bye");
  const next = await app.expect("mod.apphost.incoming_query_msg");
  assert.is(next.caller, ID_ONE);
  await app.send("mod.apphost.reject_incoming_msg", { queryId: next.queryId, code: 7 });
  const error = await opening.catch((error) => error);
  assert.is(error.rejectCode, 7);
});

scene("a service that is silent, or leaves, has no route", async ({ bench, address, service, happened }) => {
  const app = await ObjectGuest.enter(bench, address, "two");
  await app.send("mod.apphost.register_service_msg", { identity: null });
  await app.expect("ack");
  const guest = await ObjectGuest.enter(bench, address, "three");
  await guest.query("x", { target: ID_TWO });
  await app.expect("mod.apphost.incoming_query_msg");
  await guest.expectError("route_not_found");
  await guest.query("y", { target: ID_TWO });
  await app.expect("mod.apphost.incoming_query_msg");
  await app.connection.close();
  await guest.expectError("route_not_found");
  await happened("unregistered");
  assert.equal(service.status().registrations, []);
}, { limits: { incomingTimeoutMs: 30 } });

scene("several services share an identity: a rejection counts if nobody accepts", async ({ bench, address }) => {
  const apps = [await ObjectGuest.enter(bench, address, "two"), await ObjectGuest.enter(bench, address, "two")];
  for (const app of apps) {
    await app.send("mod.apphost.register_service_msg", { identity: null });
    await app.expect("ack");
  }
  const guest = await ObjectGuest.enter(bench, address, "three");
  await guest.query("second", { target: ID_TWO });
  for (const [index, app] of apps.entries()) {
    const { queryId } = await app.expect("mod.apphost.incoming_query_msg");
    await app.send("mod.apphost.reject_incoming_msg", { queryId, code: 5 + index });
  }
  assert.equal(await guest.expect("mod.apphost.query_rejected_msg"), { code: 5 });
});

scene("handlers are dialled, and asked one after the other", async ({ bench, address }) => {
  const program = await bench.serve();
  const register = async (endpoint: string, token: string) => {
    const app = await ObjectGuest.enter(bench, address, "two");
    await app.open(`apphost.register_handler?endpoint=${endpoint}&token=${token}`);
    await app.expect("ack");
    assert.is(await app.connection.piece(), null);
  };
  await register("tcp:127.0.0.1:1", "00000000000000aa");
  await register(program.address, "00000000000000bb");
  await register(program.address, "cc");
  const guest = await ObjectGuest.enter(bench, address, "three");
  await guest.query("hey", { target: ID_TWO });
  const first = new ObjectGuest(await program.next());
  const { ipcToken, caller, query } = await first.expect("mod.apphost.handle_query_msg");
  assert.equal([ipcToken, caller, query], ["00000000000000bb", ID_THREE, "hey"]);
  await first.send("mod.apphost.error_msg", { code: "route_not_found" });
  const second = new ObjectGuest(await program.next());
  assert.is((await second.expect("mod.apphost.handle_query_msg")).ipcToken, "00000000000000cc");
  await second.connection.stream.write(
    Uint8Array.from([...encodeObject({ type: "ack", value: {} }), ...utf8("hi there")]),
  );
  await guest.expect("mod.apphost.query_accepted_msg");
  assert.equal(await take(guest.connection, 8), utf8("hi there"));

  const other = await ObjectGuest.enter(bench, address, "own");
  await other.query("hey", { target: ID_TWO });
  const third = new ObjectGuest(await program.next());
  await third.expect("mod.apphost.handle_query_msg");
  await third.send("mod.apphost.query_rejected_msg", { code: 8 });
  assert.equal(await other.expect("mod.apphost.query_rejected_msg"), { code: 8 });
});

scene("a handler that hangs keeps no query from the next one", async ({ bench, address }) => {
  const hanging = await bench.serve();
  const program = await bench.serve();
  for (const endpoint of [hanging.address, program.address]) {
    const app = await ObjectGuest.enter(bench, address, "two");
    await app.open(`apphost.register_handler?endpoint=${endpoint}&token=1`);
    await app.expect("ack");
  }
  const guest = await ObjectGuest.enter(bench, address, "three");
  await guest.query("hey", { target: ID_TWO });
  const answer = guest.refusal();
  const taken = await Promise.race([program.next(), answer]);
  assert.instance(taken, Connection);
  const handler = new ObjectGuest(taken as Connection);
  await handler.expect("mod.apphost.handle_query_msg");
  await handler.send("ack", {});
  assert.is(await answer, null);
  // If the others leave the query, too, it is known that somebody is late.
  const other = await ObjectGuest.enter(bench, address, "three");
  await other.query("hey", { target: ID_TWO });
  const next = new ObjectGuest(await program.next());
  await next.expect("mod.apphost.handle_query_msg");
  await next.send("mod.apphost.error_msg", { code: "route_not_found" });
  await other.expectError("timeout");
}, { limits: { incomingTimeoutMs: 100 } });

scene("a stream of bind takes several tokens, and ends with anything else", async (scene) => {
  const { bench, address, service, happened } = scene;
  const app = await ObjectGuest.enter(bench, address, "two");
  await app.open("apphost.bind");
  await app.expect("ack");
  for (const token of ["00000000000000ab", "00000000000000cd"]) await app.send("mod.apphost.bind_msg", { token });
  for (const token of ["ab", "cd", "ef"]) {
    const registering = await ObjectGuest.enter(bench, address, "two");
    await registering.open(`apphost.register_handler?endpoint=tcp:127.0.0.1:1&token=${token}`);
    await registering.expect("ack");
  }
  await app.send("nil", {});
  await happened("unregistered");
  assert.is(await app.connection.piece(), null);
  assert.is(service.status().registrations.length, 1);
});

scene("what the handlers leave, services are asked for", async ({ bench, address }) => {
  const program = await bench.serve();
  const app = await ObjectGuest.enter(bench, address, "two");
  await app.send("mod.apphost.register_service_msg", { identity: null });
  await app.expect("ack");
  const registering = await ObjectGuest.enter(bench, address, "two");
  await registering.open(`apphost.register_handler?endpoint=${program.address}&token=1`);
  await registering.expect("ack");
  const guest = await ObjectGuest.enter(bench, address, "three");
  await guest.query("hey", { target: ID_TWO });
  const handler = new ObjectGuest(await program.next());
  await handler.expect("mod.apphost.handle_query_msg");
  await handler.send("mod.apphost.error_msg", { code: "route_not_found" });
  const { queryId } = await app.expect("mod.apphost.incoming_query_msg");
  await app.send("mod.apphost.reject_incoming_msg", { queryId, code: 4 });
  assert.equal(await guest.expect("mod.apphost.query_rejected_msg"), { code: 4 });
});

scene("handlers go with the stream they are bound to, or when nobody answers", async (scene) => {
  const { bench, address, service, happened } = scene;
  const app = await ObjectGuest.enter(bench, address, "two");
  await app.open("apphost.bind");
  await app.expect("ack");
  await app.send("mod.apphost.bind_msg", { token: "00000000000000ab" });
  for (const token of ["ab", "cd"]) {
    const registering = await ObjectGuest.enter(bench, address, "two");
    await registering.open(`apphost.register_handler?endpoint=tcp:127.0.0.1:1&token=${token}`);
    await registering.expect("ack");
  }
  assert.is(service.status().registrations.length, 2);
  await app.connection.close();
  await happened("unregistered");
  assert.is(service.status().registrations.length, 1);
  const guest = await ObjectGuest.enter(bench, address, "three");
  await guest.query("hey", { target: ID_TWO });
  await guest.expectError("route_not_found");
  assert.is(service.status().registrations.length, 0);
});

scene(
  "objects come in the format that the query names, whatever the answer has",
  async ({ bench, address, service, happened }) => {
    const registering = await ObjectGuest.enter(bench, address, "two");
    await registering.open("apphost.register_handler?endpoint=tcp:127.0.0.1:1&token=ab");
    await registering.expect("ack");
    const app = await ObjectGuest.enter(bench, address, "two");
    await app.open("apphost.bind?in=json");
    await app.expect("ack");
    await app.connection.stream.write(utf8('{"Type":"mod.apphost.bind_msg","Object":{"Token":"ab"}}\n'));
    await app.connection.close();
    await happened("unregistered");
    assert.is(service.status().registrations.length, 0);
  },
);

scene("endpoints outside this machine are refused", async ({ bench, address }) => {
  const guest = await ObjectGuest.enter(bench, address, "two");
  for (const endpoint of ["tcp:192.0.2.1:80", "tcp:example.org:80", "udp:127.0.0.1:9", "nonsense", ""]) {
    await guest.query(`apphost.register_handler?endpoint=${endpoint}&token=1`);
    await guest.expect("mod.apphost.query_rejected_msg");
  }
});

scene("one identity has no more handlers than leave room for others", async ({ bench, address, service }) => {
  const guest = await ObjectGuest.enter(bench, address, "two");
  for (let token = 1; token <= 32; token++) {
    const registering = await ObjectGuest.enter(bench, address, "two");
    await registering.open(`apphost.register_handler?endpoint=tcp:127.0.0.1:1&token=${token}`);
    await registering.expect("ack");
  }
  await guest.query("apphost.register_handler?endpoint=tcp:127.0.0.1:1&token=99");
  await guest.expect("mod.apphost.query_rejected_msg");
  const other = await ObjectGuest.enter(bench, address, "three");
  await other.open("apphost.register_handler?endpoint=tcp:127.0.0.1:1&token=1");
  assert.is(service.status().registrations.length, 33);
});

scene("a guest cancels its own query, and nobody else's", async ({ service, bench, address }) => {
  service.host.mountStreams("slow");
  const nonce = "00000000000000ff";
  const guest = await ObjectGuest.enter(bench, address, "two");
  await guest.query("slow", { nonce });
  const other = await ObjectGuest.enter(bench, address, "three");
  await other.open("apphost.cancel?id=ff");
  assert.is(await other.expect("error_message"), "query not found");
  const same = await ObjectGuest.enter(bench, address, "two");
  await same.open("apphost.cancel?id=ff");
  await same.expect("ack");
  await guest.expectError("canceled");
  await guest.query("nothing");
  await guest.expectError("route_not_found");
});

scene("a guest that leaves takes its query back", async ({ service, bench, address, events, happened }) => {
  const protocol = service.host.mountStreams("slow");
  const guest = await ObjectGuest.enter(bench, address, "two");
  await guest.query("slow");
  const incoming = await protocol.nextIncoming();
  guest.connection.abort();
  await happened("query");
  const error = await incoming.accept().catch((error) => error);
  assert.is(error.code, "closed");
  assert.ok(events.some((event) => event.type === "query" && event.outcome === "aborted"));
});

scene("a query takes no longer than it may", async ({ service, bench, address }) => {
  service.host.mountStreams("slow");
  const guest = await ObjectGuest.enter(bench, address, "two");
  await guest.query("slow");
  await guest.expectError("timeout");
}, { limits: { queryTimeoutMs: 20 } });

test.run();
