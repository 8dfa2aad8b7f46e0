/**
 * The node that a command works with: the one that runs in the data folder, or one of its own for the moment.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { pause, systemClock } from "../../host/timing/mod.ts";
import { Identity } from "../../identity/mod.ts";
import { StorjError } from "../../storj/mod.ts";
import type { NodeStatus } from "../../user-api/mod.ts";
import type { Arguments, Streams } from "../command.ts";
import { folderHolder, type Holder, ServiceError } from "../service/mod.ts";
import { clipText, INTERRUPTED_STATUS, LiveLines, stopSignal } from "../terminal/mod.ts";
import { type NodeCaller, ownNode, runningNode, type Told } from "./node-caller.ts";
import { ownIdentity, type StorjConfig, storjConfig } from "./options.ts";
import {
  eventPrinter,
  MOMENTARY,
  type OwnFolder,
  type OwnNode,
  startNode,
  takeFolder,
  UNREACHABLE,
} from "./own-node.ts";

/** How long a node looks for its network: two attempts. */
const JOIN_MS_MAX = 12_000;
/** How long it does without an address to begin at: those it knew are asked once. */
const REJOIN_MS_MAX = 6000;
/** How long it does when it is of use without others, too. */
const ALONE_MS_MAX = 2000;
/** How long a node that is starting may take, and how often it is looked for. */
const START_MS_MAX = 10_000;
const LOOK_MS = 50;
/** What a node cannot keep it does not take: who sends it gets to know that. */
const NOTHING_KEPT = { messages: 0, messagesOfSender: 0, relayed: 0, streams: 0 };

/** A node that a command works with. */
export interface NodeAccess {
  readonly config: StorjConfig;
  /** Whether it runs in another process. */
  readonly isRunning: boolean;
  /** A call of the user API. */
  call(method: string, params?: readonly unknown[], notify?: (value: unknown) => void): Promise<unknown>;
  /** The same with the text of the answer's JSON, in which numbers keep their form. */
  callText(method: string, params: unknown): Promise<string>;
  /** Has the node tell what comes until the command is to end, see {@link NodeCaller.listen}. */
  listen(params: unknown, told: Told): Promise<never>;
  /** Shows on a terminal what is going on, until something is printed. */
  show(text: string): void;
  /** Prints text, in which nothing may be left that a terminal could obey. */
  print(text: string): void;
  /** Fires when the command is to end. */
  readonly signal: AbortSignal;
  /** Throws StorjError `no-peers` if the node knows nobody. */
  checkPeers(): Promise<void>;
}

/** How a command works with a node. */
export interface AccessOptions {
  /** Whether the node is of use without others. Default no. */
  readonly alone?: boolean;
}

/**
 * Works with a node; returns the exit status. A time that is over has a line of its own.
 *
 * @throws StorjError, HostError, ServiceError, IdentityError, StoreError
 */
export async function withNode(
  args: Arguments,
  streams: Streams,
  work: (access: NodeAccess) => Promise<number | void>,
  options: AccessOptions = {},
): Promise<number> {
  const config = storjConfig(args);
  using stop = stopSignal();
  using shown = new Shown(config, streams);
  try {
    await using session = await openSession({ config, streams, shown, signal: stop.signal, ...options });
    return await work(session) ?? 0;
  } catch (error) {
    if (stop.signal.aborted) return INTERRUPTED_STATUS;
    if (!(error instanceof StorjError) || error.code !== "timeout") throw error;
    shown[Symbol.dispose]();
    streams.err("Timeout error!\n");
    return 1;
  }
}

/** The status of the node that runs in the data folder; `null` if there is none, or it cannot be asked. */
export async function runningStatus({ folder }: StorjConfig): Promise<NodeStatus | null> {
  const holder = await folderHolder(folder);
  if (holder === null || !holder.addresses.includes(`unix:${folder.socket}`)) return null;
  using client = await runningNode(folder.socket);
  const { signal } = new AbortController();
  return await client.call("node_status", [], { signal, notify: () => {} }) as NodeStatus;
}

interface SessionParts extends AccessOptions {
  readonly config: StorjConfig;
  readonly streams: Streams;
  readonly shown: Shown;
  readonly signal: AbortSignal;
}

type Session = NodeAccess & AsyncDisposable;

async function openSession(parts: SessionParts): Promise<Session> {
  const { config, signal } = parts;
  const holder = await settledHolder(config, signal);
  const isBusy = holder !== null && holder.addresses[0] !== MOMENTARY;
  if (isBusy && holder.addresses[0] === UNREACHABLE) {
    const where = JSON.stringify(config.folder.path);
    throw new ServiceError(
      "not-running",
      `Commands cannot use the node in ${where}, the process ${holder.pid}, as it has no socket; use another --data`,
    );
  }
  if (isBusy) {
    const client = await runningNode(config.folder.socket);
    const session = remoteSession(client, parts);
    const status = await session.call("node_status") as NodeStatus;
    if (await suits(status, config)) {
      await untilJoined(session, status, parts);
      return session;
    }
    client[Symbol.dispose]();
  }
  return await ownSession(parts, isBusy);
}

/** Who has the data folder, once that is known: a node that starts is waited for. */
async function settledHolder({ folder }: StorjConfig, signal: AbortSignal): Promise<Holder | null> {
  for (const endMs = systemClock.now() + START_MS_MAX;;) {
    const holder = await folderHolder(folder);
    if (holder === null || holder.addresses.length > 0) return holder;
    if (systemClock.now() > endMs) {
      const where = JSON.stringify(folder.path);
      throw new ServiceError("not-running", `The node in ${where} is still starting: it is the process ${holder.pid}`);
    }
    await pause(systemClock, LOOK_MS, signal);
  }
}

/** A node that has just begun to run has as much time to join as one of the command's own. */
async function untilJoined(session: Session, begun: NodeStatus, { signal, alone }: SessionParts): Promise<void> {
  const endMs = begun.startedMs + joinMs(begun.bootstrap, alone);
  for (let { peers } = begun; peers.length === 0 && systemClock.now() < endMs;) {
    await pause(systemClock, LOOK_MS, signal);
    ({ peers } = await session.call("node_status") as NodeStatus);
  }
}

/** How long a node looks for others, in milliseconds. */
function joinMs(bootstrap: readonly string[], alone = false): number {
  if (alone) return ALONE_MS_MAX;
  return bootstrap.length === 0 ? REJOIN_MS_MAX : JOIN_MS_MAX;
}

/** Whether the node that runs is the one that the options ask for, as far as they say. */
async function suits({ nodeId, port, ...facts }: NodeStatus, config: StorjConfig): Promise<boolean> {
  const { key, keyFile, udpPort = 0, listen, network, bootstrap } = config;
  if ((key !== null || keyFile !== null) && (await ownIdentity(config)).nodeIdHex !== nodeId) return false;
  if (udpPort !== 0 && udpPort !== port) return false;
  if (listen !== undefined && listen !== facts.listen || network !== undefined && network !== facts.network) {
    return false;
  }
  const known = new Set([...facts.bootstrap, ...facts.peers.map(([, ip, port]) => addressOf(ip, port))]);
  return bootstrap.length === 0 || bootstrap.some((address) => known.has(address));
}

function addressOf(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function remoteSession(client: NodeCaller, { config, shown, signal }: SessionParts): Session {
  return session({
    ...{ config, shown, signal, isRunning: true },
    client,
    close: () => Promise.resolve(client[Symbol.dispose]()),
  });
}

/** @param isBusy Whether another node has the data folder, and with it the key there */
async function ownSession(parts: SessionParts, isBusy: boolean): Promise<Session> {
  const { config, streams, shown, signal } = parts;
  const hasKey = config.key !== null || config.keyFile !== null;
  const identity = isBusy && !hasKey ? Identity.generate() : await ownIdentity(config);
  const folder = isBusy ? null : await ownFolder(config, streams);
  let own: OwnNode;
  try {
    const limits = folder === null ? NOTHING_KEPT : undefined;
    own = await startNode(config, { identity, store: folder?.store, limits, onEvent: eventPrinter(config, streams) });
  } catch (error) {
    await folder?.[Symbol.asyncDispose]();
    throw error;
  }
  const client = ownNode(own.api);
  const opened = session({
    ...{ config, shown, signal, isRunning: false },
    client,
    async close() {
      client[Symbol.dispose]();
      await own.node.close();
      await folder?.[Symbol.asyncDispose]();
    },
  });
  try {
    if (!config.skipBootstrap) await join(own, parts);
    return opened;
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/** The data folder; `null` while another command has it, and the node does without. */
async function ownFolder(config: StorjConfig, streams: Streams): Promise<OwnFolder | null> {
  try {
    const folder = await takeFolder(config, streams);
    await folder.publish(MOMENTARY);
    return folder;
  } catch (error) {
    if (error instanceof ServiceError && error.code === "running") return null;
    throw error;
  }
}

async function join({ node }: OwnNode, { config, shown, signal, alone }: SessionParts): Promise<void> {
  const places = config.bootstrap.join(", ");
  shown.show(places === "" ? "joining…" : `joining by ${places}…`);
  try {
    await node.ready({ timeoutMs: joinMs(config.bootstrap, alone), signal });
  } catch (error) {
    if (!(error instanceof StorjError) || error.code !== "timeout") throw error;
    if (!alone) throw nobody(config, false);
  }
}

function nobody({ bootstrap, folder }: StorjConfig, isRunning: boolean): StorjError {
  const where = JSON.stringify(folder.path);
  const why = isRunning
    ? `The node that runs in ${where} knows no other node`
    : bootstrap.length === 0
    ? "No other node was reached; --bootstrap HOST:PORT names one to join by"
    : `No other node was reached; nobody has answered at ${bootstrap.join(", ")}`;
  return new StorjError("no-peers", why);
}

interface SessionBase extends Pick<NodeAccess, "config" | "isRunning" | "signal"> {
  readonly client: NodeCaller;
  readonly shown: Shown;
  readonly close: () => Promise<void>;
}

function session({ shown, close, client, ...base }: SessionBase): Session {
  const { signal } = base;
  const call: Session["call"] = (method, params = [], notify = () => {}) =>
    client.call(method, params, { signal, notify });
  return {
    ...base,
    call,
    callText: async (method, params) => await client.call(method, params, { signal, asText: true }) as string,
    listen: (params, told) => client.listen(params, signal, told),
    show: (text) => shown.show(text),
    print: (text) => shown.print(text),
    async checkPeers() {
      const { peers } = await call("node_status") as NodeStatus;
      if (peers.length === 0) throw nobody(base.config, base.isRunning);
    },
    [Symbol.asyncDispose]: close,
  };
}

/** A line on a terminal that says what is going on, as long as it goes on. */
class Shown implements Disposable {
  readonly #live: LiveLines | null;
  readonly #out: Streams["out"];
  #text = "";

  constructor({ quiet, json }: StorjConfig, { terminal, out, columns = 80 }: Streams) {
    this.#out = out;
    const render = () => this.#text === "" ? [] : [clipText(this.#text, columns)];
    this.#live = terminal && !quiet && !json ? new LiveLines({ out, clock: systemClock, render }) : null;
  }

  show(text: string): void {
    this.#text = escapeText(text);
    this.#live?.change();
  }

  print(text: string): void {
    this.#text = "";
    this.#live?.pause();
    this.#out(text);
    this.#live?.resume();
  }

  [Symbol.dispose](): void {
    this.#text = "";
    this.#live?.[Symbol.dispose]();
  }
}
