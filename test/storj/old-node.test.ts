/**
 * An old node and nodes of ours in one network.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import { pack, unpack } from "../../codec/msgpack/mod.ts";
import { dhtKey } from "../../codec/protocols/storj/mod.ts";
import { OldNode } from "./old-node.ts";
import { storjWorld } from "./world.ts";

const test = suite("storj: with old nodes");

test("an old node joins, keeps values of ours and gets them; ours find it", async () => {
  const world = await storjWorld({ nodes: 4 });
  const old = new OldNode(world.network);
  await world.drive(old.join(world.members[0].address));
  assert.is(old.known.size, 4);
  await world.pass(5000);
  const [node] = world.nodes;
  assert.equal(await world.drive(node.dhtFind(old.id)), { ip: old.place.split(":")[0], port: 4653 });
  assert.is(await world.drive(node.dhtPut("key", "value")), true);
  assert.is(unpack(old.values.get(formatHex(dhtKey("key")))!), "value");
  const args = { nodeId: old.id, key: dhtKey("key") };
  const found = await world.drive(old.request(world.members[2].address, "find_value", args));
  assert.equal(found, { value: pack("value") });
  await world.close();
});

test.run();
