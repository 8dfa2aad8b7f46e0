import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../codec/msgpack/mod.ts";
import { SCENARIO, Simulation } from "./scenario.ts";

const test = suite("invariants of simulations");

/** A network that has joined and put its values, for what is planted in it. */
async function settled(): Promise<Simulation> {
  const simulation = new Simulation({ ...SCENARIO, nodes: 40, values: 20 });
  await simulation.join();
  await simulation.put();
  return simulation;
}

async function failsWith(work: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await work.then(() => null, (error: Error) => error);
  assert.match(String(error), message);
}

test("stores that nothing explains end a simulation", async () => {
  const { world } = await settled();
  const [node, other] = world.nodes;
  for (let count = 0; count < 1000; count++) {
    const args = { nodeId: node.id, key: world.network.random.bytes(20), value: pack(1) };
    node.rpc.call(world.addressOf(other), "store", args, () => {});
  }
  await failsWith(world.pass(20_000), /stores were sent/);
});

test("idle nodes that talk all the time end a simulation", async () => {
  const simulation = await settled();
  const { world } = simulation;
  simulation.invariants.idle();
  const [node, other] = world.nodes;
  const ping = () => void node.rpc.call(world.addressOf(other), "ping", { nodeId: node.id }, ping);
  for (let count = 0; count < 16; count++) ping();
  await failsWith(world.pass(600_000, 50), /datagrams were sent/);
});

test("contacts that never were, or never said anything, end a simulation", async () => {
  for (
    const [address, message] of [["udp:9.9.9.9:1", /never was/], [null, /never heard of it/]] as const
  ) {
    const simulation = await settled();
    const { world } = simulation;
    const node = world.nodes[7];
    const stranger = world.start("honest");
    const contact = { id: stranger.id, address: address ?? world.addressOf(stranger) };
    const contacts = () => [{ contact }];
    (node as { engine: unknown }).engine = Object.assign(Object.create(node.engine), { contacts });
    await failsWith(world.pass(1000), message);
  }
});

test.run();
