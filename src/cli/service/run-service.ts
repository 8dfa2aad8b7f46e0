/**
 * A local service with everything around it: its data folder, its key, its link to other nodes.
 *
 * @module
 */

import { createServer } from "node:net";
import process from "node:process";
import { shortIdentity } from "../../../codec/protocols/astral/mod.ts";
import { astralService, LISTEN_DEFAULT, type LocalService } from "../../astral/mod.ts";
import { HostError } from "../../host/mod.ts";
import { type LinkHost, linkHost } from "../../host/link/mod.ts";
import type { Identity } from "../../identity/mod.ts";
import type { Store } from "../../store/mod.ts";
import type { PeerBook } from "../../warpdrive/mod.ts";
import { loadOrMakeToken, loadToken } from "./data-folder.ts";
import { loadOrMakeKey } from "./node-key.ts";
import type { Log, LogOpener } from "./log.ts";
import { lowerCased } from "../terminal/mod.ts";
import { startWarpdrive } from "./run-warpdrive.ts";
import { onGround } from "./service-ground.ts";
import { contactsOf, followPeers, peersWithAddresses } from "./service-peers.ts";
import type { ServiceConfig } from "./service-config.ts";

/** The longest path of a unix socket that all systems take, in bytes: macOS has 104, one of which ends it. */
const SOCKET_PATH_BYTES_MAX = 103;

/** A service that works. */
export interface RunningService extends AsyncDisposable {
  readonly service: LocalService;
  /** The link to other nodes. */
  readonly link: LinkHost;
  readonly identity: Identity;
  /** Where it keeps what survives its end. */
  readonly store: Store;
}

/**
 * Starts a service. Nodes that it knows are looked for while it works; the log shows which were found.
 *
 * @throws ServiceError `running`, `folder`; IdentityError for a key file that cannot be used; HostError `address` for
 * an address that cannot be listened on, `unsupported` without the packages of libp2p; StoreError `locked`, `io`
 */
export async function runService(config: ServiceConfig, openLog: LogOpener): Promise<RunningService> {
  const { folder, warpdrive } = config;
  return await onGround(config, openLog, async ({ log, isKnown, claim, store, book, undo }) => {
    const isUsed = await loadToken(folder) !== null;
    const { identity, isNew } = await loadOrMakeKey(config.keyFile);
    if (isUsed && isNew) {
      const where = JSON.stringify(config.keyFile);
      const message = `The key file ${where} was missing: this node has a new identity, which its peers do not know`;
      log({ type: "warning", message });
    }
    const token = await loadOrMakeToken(folder);
    const link = await linkHost({
      ...{ identity, listen: config.listen, peers: peersWithAddresses(book), isKnown },
      whenRefused: (source, reason) => log({ type: "connection-refused", source, reason }),
    });
    undo.push(() => link.stop());
    undo.push(followPeers(book, link));
    const service = await astralService({
      identity,
      alias: config.alias,
      link,
      listen: config.apphost ?? await usualAddresses(config, log),
      tokens: { [token]: identity.astralIdentity },
      contacts: contactsOf(book),
      isKnown,
      onEvent: log,
    });
    undo.push(() => service.stop());
    if (warpdrive !== undefined) {
      undo.push(await startWarpdrive({ host: service.host, store, peers: book, config: warpdrive, log }));
    }
    await claim.publish(service.addresses());
    for (const { peerId } of peersWithAddresses(book)) void lookFor(peerId, book, link, log);
    return { service, link, identity, store };
  });
}

/**
 * The unix socket of the data folder, and the ports at which programs expect an astral node. Where such a node, or a
 * service of another folder, has the ports already, this service does without them.
 */
async function usualAddresses({ folder }: ServiceConfig, log: Log): Promise<string[]> {
  const fits = new TextEncoder().encode(folder.socket).length <= SOCKET_PATH_BYTES_MAX;
  const addresses = process.platform !== "win32" && fits ? [`unix:${folder.socket}`] : [];
  for (const address of LISTEN_DEFAULT) {
    if (await isFree(Number(/:(\d+)(?:\/|$)/.exec(address)![1]))) addresses.push(address);
    else log({ type: "warning", message: `${address} is taken by another program, maybe an astral node` });
  }
  return addresses.length === 0 ? ["tcp:127.0.0.1:0"] : addresses;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port }, () => server.close(() => resolve(true)));
  });
}

async function lookFor(identity: string, book: PeerBook, link: LinkHost, log: Log): Promise<void> {
  const name = book.alias(identity) || shortIdentity(identity);
  try {
    await link.connect({ peerId: identity });
    log({ type: "peer", name, identity, outcome: "connected" });
  } catch (error) {
    const code = error instanceof HostError ? error.code : "failed";
    const reason = error instanceof Error ? error.message : String(error);
    // A service that stops does not look for peers any more.
    if (code !== "closed") log({ type: "peer", name, identity, outcome: `not found: ${lowerCased(reason)}`, code });
  }
}
