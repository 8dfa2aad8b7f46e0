/**
 * The conformance suite for hosts behind two local services that are linked to each other, and behind one node as
 * astrald is one.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { astralService, type GuestProtocol } from "../../../src/astral/mod.ts";
import { type AstralHost, astralHost } from "../../../src/host/astral/mod.ts";
import { memoryHost, MemoryNetwork } from "../../../src/host/local/memory.ts";
import {
  type Differences,
  DIFFERENCES_2023,
  DIFFERENCES_2026,
  DIFFERENCES_DIALLED,
  DIFFERENCES_NODE,
  DIFFERENCES_WEB,
} from "./differences.ts";
import { Node2026 } from "./node-2026.ts";
import { checkDatagrams } from "../conformance/datagrams.ts";
import { checkEndings } from "../conformance/endings.ts";
import { checkLife } from "../conformance/life.ts";
import { checkOpenings } from "../conformance/openings.ts";
import { checkStreams } from "../conformance/streams.ts";
import { webAstralHost } from "../../../src/host/astral/web.ts";
import { activeHandles } from "../handles.ts";
import type { Abilities, Check, HostPair } from "../pair.ts";

/** Where the identities come from does not matter here: nothing is signed. */
const IDENTITIES = [
  "03e14ac3a4e83e435ffc6800703c7d405d2fe18762c4b7ec0674f6e7df39471a74",
  "03e0cb786fc4f727d2d7f135741d81e5ad0e005c0e70d97131bf13e3359012e527",
];

/** A name that neither node knows. */
const nobody = { peerId: "nobody" };

/** How the host reaches the service; `web` as a browser does. */
type Kind = "tcp" | "unix" | "ws" | "web";

/** A service on a network, and a host behind it. */
async function makeNode(network: MemoryNetwork, identity: string, kind: Kind, protocol: GuestProtocol, folder: string) {
  const link = await memoryHost({ network, peerId: identity });
  const address = {
    tcp: "tcp:127.0.0.1:0",
    unix: `unix:${join(folder, identity.slice(0, 8))}`,
    ws: "ws://127.0.0.1:0/.ws",
    web: "ws://127.0.0.1:0/.ws",
  }[kind];
  const service = await astralService({ identity, link, listen: [{ address, protocol }], tokens: { tok: identity } });
  const options = { address: service.addresses(), token: "tok" };
  const host = kind === "web" ? await webAstralHost(options) : await astralHost({ ...options, protocol });
  return { host, stop: () => Promise.all([service.stop(), link.stop()]) };
}

/**
 * The tests open a path right after it was mounted, which has to reach the node first: here openers wait for it, as
 * other programs would by asking `ready()` before they tell somebody that they are there.
 */
function waitForMounts(host: AstralHost, other: AstralHost): void {
  const openStream = host.openStream.bind(host);
  host.openStream = async (...args) => {
    await other.ready().catch(() => {});
    return await openStream(...args);
  };
}

async function makePair(kind: Kind, protocol: GuestProtocol): Promise<HostPair> {
  const before = await activeHandles();
  // Folders take their time to remove.
  const folder = kind === "unix" ? mkdtempSync(join(tmpdir(), "warpwire-")) : "";
  const network = new MemoryNetwork();
  const [a, b] = await Promise.all(IDENTITIES.map((identity) => makeNode(network, identity, kind, protocol, folder)));
  waitForMounts(a.host, b.host);
  waitForMounts(b.host, a.host);
  return {
    a: a.host,
    b: b.host,
    nobody,
    handles: () => Promise.resolve(a.host.openHandles + b.host.openHandles),
    async stop() {
      await Promise.all([a.stop(), b.stop()]);
      if (folder !== "") rmSync(folder, { recursive: true });
      assert.ok(await activeHandles() <= before, "Handles are left behind");
    },
  };
}

/** Two guests of one node: one with a token of its own, and one with that of the node. */
async function makeNodePair(where: "tcp" | "unix"): Promise<HostPair> {
  const before = await activeHandles();
  const [identity, guest] = IDENTITIES;
  const node = await Node2026.start({ identity, alias: "node", tokens: { own: identity, guest }, where: [where] });
  const [address] = node.addresses;
  const [a, b] = await Promise.all(["guest", "own"].map((token) => astralHost({ address, token, protocol: "2026" })));
  waitForMounts(a, b);
  waitForMounts(b, a);
  return {
    a,
    b,
    nobody,
    handles: () => Promise.resolve(a.openHandles + b.openHandles),
    async stop() {
      await Promise.all([a.stop(), b.stop()]);
      await node.stop();
      assert.ok(await activeHandles() <= before, "Handles are left behind");
    },
  };
}

/** Three connections, each with buffers of the system at both ends, and what the services hold between them. */
const ABILITIES: Abilities = { tellsAbort: false, bufferedBytesMax: 48 * 1024 * 1024 };

function conformanceOf(title: string, make: () => Promise<HostPair>, differences: Differences): void {
  const test = suite(`astral host behind ${title}`);
  const titles = new Set<string>();
  const check: Check = (title, body) => {
    titles.add(title);
    test(title, async () => {
      const pair = await make();
      try {
        await (differences.get(title) ?? body)(pair);
      } finally {
        await Promise.all([pair.a.stop(), pair.b.stop()]);
        await pair.stop?.();
      }
    });
  };
  checkStreams(check, ABILITIES);
  checkEndings(check, ABILITIES);
  checkOpenings(check);
  checkLife(check);
  checkDatagrams(check);
  test("the suite has every test that is replaced", () => {
    assert.equal([...differences.keys()].filter((title) => !titles.has(title)), []);
  });
  test.run();
}

const SERVICES: readonly (readonly [kind: Kind, protocol: "2023" | "2026", differences: Differences])[] = [
  ["tcp", "2023", DIFFERENCES_2023],
  ["unix", "2023", DIFFERENCES_2023],
  ["tcp", "2026", DIFFERENCES_DIALLED],
  ["unix", "2026", DIFFERENCES_DIALLED],
  ["ws", "2026", DIFFERENCES_2026],
  ["web", "2026", DIFFERENCES_WEB],
];
for (const [kind, protocol, differences] of SERVICES) {
  if (kind === "web" && globalThis.WebSocket === undefined) continue;
  conformanceOf(`a local service: ${protocol} over ${kind}`, () => makePair(kind, protocol), differences);
}
for (const where of ["tcp", "unix"] as const) {
  conformanceOf(`a node of 2026 over ${where}`, () => makeNodePair(where), DIFFERENCES_NODE);
}
