/**
 * Addresses that cannot be listened on: which of several, and why.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { astralService } from "../../src/astral/mod.ts";
import { HostError } from "../../src/host/error.ts";
import { LinkHost, linkHost } from "../../src/host/link/host.ts";
import { libp2pHost } from "../../src/host/libp2p/host.ts";
import { socketHost } from "../../src/host/socket/host.ts";
import { webSocketHost } from "../../src/host/websocket/host.ts";
import { Identity } from "../../src/identity/identity.ts";

const test = suite("addresses that cannot be listened on");

const folder = mkdtempSync(join(tmpdir(), "warpwire-listen-"));
let server: Server;
let taken = 0;

test.before(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  taken = (server.address() as { port: number }).port;
});

test.after(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** The message with which a host does not start. */
async function refusal(start: () => Promise<AsyncDisposable>): Promise<string> {
  try {
    await using _ = await start();
  } catch (error) {
    assert.instance(error, HostError);
    assert.is((error as HostError).code, "address");
    return (error as HostError).message;
  }
  throw new Error("It listens");
}

/** An address for documentation (RFC 5737), which no machine has. */
const ELSEWHERE = "203.0.113.9";

test("of plain sockets and WebSockets", async () => {
  const listen = (address: string) => refusal(() => socketHost({ peerId: "anna", listen: [address] }));
  const inUse = `Cannot listen on "tcp:127.0.0.1:${taken}": the port is in use`;
  assert.is(await listen(`tcp:127.0.0.1:${taken}`), inUse);
  assert.is(
    await listen(`tcp:${ELSEWHERE}:0`),
    `Cannot listen on "tcp:${ELSEWHERE}:0": this machine does not have the address`,
  );
  assert.is(
    await listen(`udp:${ELSEWHERE}:0`),
    `Cannot listen on "udp:${ELSEWHERE}:0": this machine does not have the address`,
  );
  assert.match(
    await refusal(() => webSocketHost({ peerId: "anna", listen: [`ws://127.0.0.1:${taken}/`] })),
    new RegExp(`^Cannot listen on "ws://127\\.0\\.0\\.1:${taken}/": the port is in use$`),
  );
});

test("all that cannot be, and none that can", async () => {
  const identity = Identity.generate();
  const starts: ((listen: string[]) => Promise<AsyncDisposable>)[] = [
    (listen) => socketHost({ peerId: "anna", listen }),
    (listen) => libp2pHost({ identity, listen }),
    (listen) => linkHost({ identity, listen }),
  ];
  const inUse = `Cannot listen on "tcp:127.0.0.1:${taken}": the port is in use`;
  for (const start of starts) {
    const listen = (...addresses: string[]) => refusal(() => start(addresses));
    assert.is(await listen(`tcp:127.0.0.1:${taken}`), inUse);
    assert.is(await listen("tcp:127.0.0.1:0", `tcp:127.0.0.1:${taken}`), inUse);
    assert.is(
      await listen(`tcp:127.0.0.1:${taken}`, "tcp:127.0.0.1:0", `tcp:${ELSEWHERE}:0`),
      `${inUse}; on "tcp:${ELSEWHERE}:0": this machine does not have the address`,
    );
  }
  assert.throws(() => new LinkHost({ identity, listen: ["udp:127.0.0.1:0"] }), /which is not a TCP address$/);
});

test("of a local service: a socket whose folder cannot be", async () => {
  const listen = (address: string) =>
    refusal(() => astralService({ identity: Identity.generate(), listen: [address] }));
  assert.match(await listen(`tcp:127.0.0.1:${taken}`), /: the port is in use$/);
  if (process.platform === "win32") return;
  writeFileSync(join(folder, "file"), "");
  assert.match(
    await listen(`unix:${join(folder, "file", "socket")}`),
    /^Cannot listen on "unix:.*": its folder is a file$/,
  );
});

test.run();
