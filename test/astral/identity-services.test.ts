import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Connection } from "../../src/astral/channels/connection.ts";
import { IdentityServices } from "../../src/astral/identity-services.ts";
import { systemClock, systemRandom } from "../../src/host/timing/system.ts";

const test = suite("astral: services of identities");

const TARGET = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

test("a query is given to one connection, however many know its id", async () => {
  const services = new IdentityServices({ clock: systemClock, random: systemRandom, pendingMax: 8, timeoutMs: 10_000 });
  const announced = new Promise<string>((resolve) => {
    services.add({
      registration: { kind: "service", name: TARGET, address: "" } as never,
      announce: (query) => Promise.resolve(resolve(query.queryId)),
    });
  });
  const asked = services.ask(
    { origin: "host", caller: TARGET, target: TARGET, query: "x", network: false } as never,
    { timeoutMs: 10_000 },
  );
  const queryId = await announced;
  const first = services.attach(queryId);
  assert.type(first, "function");
  assert.is(services.attach(queryId), null);
  const connection = {} as Connection;
  first!(connection);
  assert.is(await asked, connection);
  assert.is(services.attach(queryId), null);
});

test("a query that waits for a service is answered when its guest leaves", async () => {
  const clock = { now: () => 0, setTimer: () => ({ clear() {} }) };
  const services = new IdentityServices({ clock, random: systemRandom, pendingMax: 8, timeoutMs: 10_000 });
  let announced = false;
  const service = {
    registration: { kind: "service", name: TARGET, address: "" } as never,
    announce: () => Promise.resolve(void (announced = true)),
  };
  services.add(service);
  let outcome: unknown = "it waits";
  services.ask({ origin: "host", caller: TARGET, target: TARGET, query: "x", network: false } as never, {})!
    .then((connection) => outcome = connection);
  while (!announced) await Promise.resolve();
  services.remove(service);
  for (let turn = 0; turn < 100 && outcome !== null; turn++) await Promise.resolve();
  assert.is(outcome, null);
});

test.run();
