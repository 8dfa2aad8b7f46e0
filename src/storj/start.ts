/**
 * Starting a node: its key, its host, and what it kept.
 *
 * @module
 */

import type { Host } from "../host/mod.ts";
import { ownAddresses, SocketHost } from "../host/socket/mod.ts";
import { Identity } from "../identity/mod.ts";
import type { StorjNode, StorjNodeOptions } from "./api.ts";
import { bootstrapPlaces } from "./bootstrap.ts";
import { Node } from "./node.ts";
import { Persistence } from "./persistence/mod.ts";

/** Where the default host listens: nobody else reaches it. */
const LISTEN = "127.0.0.1";
/** With more levels, filters do not fit into a datagram. */
const DEPTH_MAX = 4;

/**
 * Starts a node. It joins by itself; `ready()` waits for that.
 *
 * ```ts
 * import { storjNode } from "warpwire/storj";
 *
 * await using first = await storjNode();
 * await using second = await storjNode({ bootstrap: [`127.0.0.1:${first.port}`] });
 * await second.ready();
 * await second.set("examplekey", "examplevalue");
 * console.log(await first.get("examplekey")); // examplevalue
 * ```
 *
 * @throws HostError `address` for what cannot be listened on, or is no address to begin at; IdentityError for a key that
 * is none; RangeError for a depth that is not between 1 and 4
 */
export async function storjNode(options: StorjNodeOptions = {}): Promise<StorjNode> {
  const places = bootstrapPlaces(options.bootstrap ?? []);
  const { depth = 1 } = options.pubsub ?? {};
  if (!Number.isInteger(depth) || depth < 1 || depth > DEPTH_MAX) {
    throw new RangeError(`Cannot use ${depth} as depth: it is a whole number from 1 to ${DEPTH_MAX}`);
  }
  const identity = identityOf(options);
  const host = options.host ?? ownHost(identity, options);
  const stopHost = options.host === undefined ? () => host.stop() : () => Promise.resolve();
  await host.start();
  try {
    const { store } = options;
    const keeper = store && new Persistence({ store, clock: host.clock, tell: (event) => options.onEvent?.(event) });
    const restored = await keeper?.load();
    return new Node({ host, identity, options, places, keeper, restored, stopHost });
  } catch (error) {
    await stopHost();
    throw error;
  }
}

function identityOf({ key, host }: StorjNodeOptions): Identity {
  if (key instanceof Identity) return key;
  if (key !== undefined) return Identity.parse(key);
  return host === undefined ? Identity.generate() : Identity.generate({ random: (count) => host.random.bytes(count) });
}

function ownHost({ nodeIdHex }: Identity, { listen = LISTEN, udpPort = 0 }: StorjNodeOptions): Host {
  const ip = listen.includes(":") ? `[${listen}]` : listen;
  return new MachineHost({ peerId: nodeIdHex, listen: [`udp:${ip}:${udpPort}`] });
}

/**
 * A host on sockets that says where the machine is, also where it listens on all addresses of it: a node proves its id
 * to those only who ask at an address that it knows for its own.
 */
class MachineHost extends SocketHost {
  override addresses(): readonly string[] {
    return super.addresses().flatMap(ownAddresses);
  }
}
