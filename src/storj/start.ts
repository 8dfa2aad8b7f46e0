/**
 * Starting a node: its key, its host, and what it kept.
 *
 * @module
 */

import type { Host } from "../host/mod.ts";
import { SocketHost } from "../host/socket/mod.ts";
import { Identity } from "../identity/mod.ts";
import type { StorjNode, StorjNodeOptions } from "./api.ts";
import { bootstrapPlaces } from "./bootstrap.ts";
import { Node } from "./node.ts";
import { Persistence } from "./persistence.ts";

/** Where the default host listens: nobody else reaches it. */
const LISTEN = "127.0.0.1";

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
 * is none
 */
export async function storjNode(options: StorjNodeOptions = {}): Promise<StorjNode> {
  const places = bootstrapPlaces(options.bootstrap ?? []);
  const identity = identityOf(options);
  const host = options.host ?? ownHost(identity, options);
  const stopHost = options.host === undefined ? () => host.stop() : () => Promise.resolve();
  await host.start();
  try {
    const { store } = options;
    const keeper = store && new Persistence({ store, clock: host.clock, tell: (event) => options.onEvent?.(event) });
    const restored = await keeper?.load();
    return new Node({ host, identity, options, places, keeper, restored, stopHost }) as unknown as StorjNode;
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
  return new SocketHost({ peerId: nodeIdHex, listen: [`udp:${ip}:${udpPort}`] });
}
