/**
 * A node beside the local service: with its key, in its folder and its store.
 *
 * @module
 */

import type { Identity } from "../../identity/mod.ts";
import type { Store } from "../../store/mod.ts";
import { type Arguments, type CommandOptions, UsageError } from "../command.ts";
import { claimFolder, type DataFolder } from "../service/mod.ts";
import { STORJ_OPTIONS, type StorjConfig, storjConfig } from "./options.ts";
import { startNode } from "./own-node.ts";
import { offerNode, RPC_OPTIONS, type RpcConfig, rpcConfig } from "./rpc.ts";

/** What these options are called here, and for a node alone. */
const NODE_OPTIONS = {
  "storj-udp-port": "udp-port",
  "storj-listen": "listen",
  "storj-bootstrap": "bootstrap",
} as const;

/** The options of a node beside a service. */
export const BESIDE_OPTIONS: CommandOptions = {
  ...RPC_OPTIONS,
  rpc: {
    ...RPC_OPTIONS.rpc,
    about:
      `run a storj node, too, which programs call at this address: ${"http://127.0.0.1:5000 or unix:PATH"} (repeatable)`,
  },
  ...Object.fromEntries(
    Object.entries(NODE_OPTIONS).map(([name, of]) => {
      const { about, ...option } = STORJ_OPTIONS[of];
      return [name, { ...option, about: `for the storj node: ${about}` }];
    }),
  ),
};

/** A node that is to run. */
export interface BesideConfig {
  readonly node: StorjConfig;
  readonly rpc: RpcConfig;
}

/**
 * Reads the options; null if no node is wanted.
 *
 * @throws UsageError
 */
export function besideConfig(args: Arguments, folder: DataFolder): BesideConfig | null {
  const rpc = rpcConfig(args);
  const given = Object.keys(NODE_OPTIONS).find((name) => args.options[name] !== undefined);
  if (rpc.addresses.length === 0) {
    if (given !== undefined) throw new UsageError(`Option --${given} needs --rpc: without it there is no storj node`);
    return null;
  }
  const options = Object.fromEntries(Object.entries(NODE_OPTIONS).map(([name, of]) => [of, args.options[name]]));
  const node = storjConfig({ positionals: [], options: { ...options, data: folder.path } });
  return { rpc, node: { ...node, folder: { ...node.folder, token: folder.token } } };
}

/** A node that runs. */
export interface Beside extends AsyncDisposable {
  /** Where programs call it. */
  readonly addresses: readonly string[];
  /** Its UDP port. */
  readonly port: number;
}

/**
 * Starts a node beside a service.
 *
 * @throws HostError `address`; ServiceError `running`, `folder`
 */
export async function startBeside(
  { node: config, rpc }: BesideConfig,
  { identity, store }: { readonly identity: Identity; readonly store: Store },
): Promise<Beside> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const claim = await claimFolder(config.folder);
    undo.push(claim.release);
    const own = await startNode(config, { identity, store });
    undo.push(() => own.node.close());
    const { servers, addresses, published } = await offerNode(own, config.folder, rpc);
    undo.push(() => servers.close());
    await claim.publish([published]);
    return { addresses, port: own.node.port, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
