/**
 * Starting a node in this process, with what it needs around it: the data folder, the key, the store.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { pause, systemClock } from "../../host/timing/mod.ts";
import type { Identity } from "../../identity/mod.ts";
import { openStore, type Store } from "../../store/mod.ts";
import { type StorjEvent, type StorjNode, storjNode, type StorjNodeOptions } from "../../storj/mod.ts";
import { type UserApi, userApi } from "../../user-api/mod.ts";
import type { Streams } from "../command.ts";
import { jsonLine, toJson } from "../json/mod.ts";
import { claimFolder, folderHolder, prepareFolder, ServiceError, shortTexts } from "../service/mod.ts";
import type { StorjConfig } from "./options.ts";

/** What the file of a data folder says instead of an address while a command has a node there for the moment. */
export const MOMENTARY = "command";
/** What it says of a node that other programs cannot reach. */
export const UNREACHABLE = "none";
/** How long `run` waits for commands that have a node for the moment, and how often it looks. */
const MOMENT_MS_MAX = 30_000;
const LOOK_MS = 50;

/** A data folder that is this process's, and the store in it. */
export interface OwnFolder extends AsyncDisposable {
  readonly store: Store;
  /** Says where other programs reach the node. */
  publish(address: string): Promise<void>;
}

/**
 * Takes the data folder.
 *
 * @throws ServiceError `running`, `folder`; StoreError
 */
export async function takeFolder({ folder }: StorjConfig, { err }: Streams): Promise<OwnFolder> {
  await prepareFolder(folder);
  const claim = await claimFolder(folder);
  try {
    const store = await openStore({
      folder: folder.path,
      onDamage: ({ message, setAside }) =>
        err(`warning: ${escapeText(setAside === "" ? message : `${message}; it was put into ${setAside}`)}\n`),
      onTrouble: (error) =>
        err(`warning: ${error === null ? "Changes are stored again" : `${escapeText(error.message)}`}\n`),
    });
    return {
      store,
      publish: (address) => claim.publish([address]),
      async [Symbol.asyncDispose]() {
        await store.close();
        await claim.release();
      },
    };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/**
 * Takes the data folder; commands that have a node in it for the moment are waited for.
 *
 * @throws ServiceError `running`, `folder`; StoreError; HostError `aborted`
 */
export async function takeFolderSoon(config: StorjConfig, streams: Streams, signal: AbortSignal): Promise<OwnFolder> {
  for (const endMs = systemClock.now() + MOMENT_MS_MAX;;) {
    try {
      return await takeFolder(config, streams);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== "running" || systemClock.now() > endMs) throw error;
      const holder = await folderHolder(config.folder);
      if (holder !== null && holder.addresses[0] !== MOMENTARY) throw error;
    }
    await pause(systemClock, LOOK_MS, signal);
  }
}

/** What a node is started with besides the options. */
export interface OwnNodeParts {
  readonly identity: Identity;
  readonly store?: Store | undefined;
  readonly limits?: StorjNodeOptions["limits"];
  readonly answerRequests?: boolean;
  readonly onEvent?: ((event: StorjEvent) => void) | undefined;
}

/** A node of this process, and what others may call of it. */
export interface OwnNode {
  readonly node: StorjNode;
  readonly api: UserApi;
}

/**
 * Starts a node as the options say.
 *
 * @throws HostError `address`
 */
export async function startNode(config: StorjConfig, parts: OwnNodeParts): Promise<OwnNode> {
  const { listen = "127.0.0.1", network = "storjnet", udpPort = 0 } = config;
  const bootstrap = config.skipBootstrap ? [] : config.bootstrap;
  const { identity, store, limits, answerRequests = false, onEvent } = parts;
  const node = await storjNode({
    ...{ key: identity, udpPort, listen, network, bootstrap, answerRequests },
    ...(store !== undefined && { store }),
    ...(limits !== undefined && { limits }),
    ...(onEvent !== undefined && { onEvent }),
  });
  const facts = { network, listen, bootstrap, startedMs: Math.round(systemClock.now()) };
  return { node, api: userApi(node, { facts, folder: config.folder.path }) };
}

/** Prints what happens in a node, if that is wanted. */
export function eventPrinter({ debug }: StorjConfig, { err }: Streams): ((event: StorjEvent) => void) | undefined {
  if (!debug) return undefined;
  return (event) => {
    const { type, ...rest } = event;
    const parts = Object.entries(rest).map(([name, value]) => [name, value instanceof Error ? value.message : value]);
    const time = new Date(systemClock.now()).toISOString();
    err(`${jsonLine({ time, type, ...shortTexts(toJson(Object.fromEntries(parts)) as object) })}\n`);
  };
}
