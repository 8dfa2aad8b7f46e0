/**
 * A service that is the guest of an astral node: it shares files, and the node does the rest.
 *
 * @module
 */

import { type AstralHost, newAstralHost } from "../../host/astral/mod.ts";
import { HostError } from "../../host/mod.ts";
import { reasonOf } from "../../coded-error.ts";
import { warpdriveClient } from "../../warpdrive/mod.ts";
import { lowerCased } from "../terminal/mod.ts";
import type { GuestConfig } from "./guest-config.ts";
import type { Log, LogOpener } from "./log.ts";
import { startWarpdrive } from "./run-warpdrive.ts";
import { ownPeer } from "./service-connection.ts";
import { onGround } from "./service-ground.ts";

/** How long the node may take to register everything, in milliseconds. */
const READY_MS = 15_000;
/** How long the service may take to answer itself through the node, in milliseconds. */
const CHECK_MS = 5000;

/** A guest that works. */
export interface RunningGuest extends AsyncDisposable {
  readonly host: AstralHost;
}

/**
 * Starts a guest. It waits for a node that goes away later; the log shows it.
 *
 * @throws ServiceError `running`, `folder`; StoreError `locked`, `io`; HostError `unreachable` if no node is there, or if
 * it does not accept the token; `unsupported` if it lets nothing be mounted; `mounted` if another program shares files
 * there; `address`, `timeout`
 */
export async function runGuest(config: GuestConfig, openLog: LogOpener): Promise<RunningGuest> {
  const { addresses, token, warpdrive } = config;
  return await onGround(config, openLog, async ({ log, claim, store, book, undo }) => {
    const host = newAstralHost({
      ...{ address: addresses, token },
      onRegistration: (news) =>
        news instanceof HostError
          ? log({ type: "node", outcome: "failed", code: news.code, reason: news.message })
          : log({ type: "node", outcome: news }),
    });
    await host.start();
    undo.push(() => host.stop());
    // A node of 2023 refuses a name that another program has; one of 2026 would go on to ask that program alone.
    if (host.protocol === "2026" && await answers(host) === null) {
      throw new HostError("mounted", `Cannot share files as "${host.peerId}": another program does so at the node`);
    }
    try {
      undo.push(await startWarpdrive({ host, store, peers: book, config: warpdrive, log }));
    } catch (cause) {
      if (!(cause instanceof HostError) || cause.code !== "unsupported" || token !== "") throw cause;
      throw new HostError("unsupported", `${cause.message}; ASTRALD_APPHOST_TOKEN is not set`, { cause });
    }
    await host.ready({ timeoutMs: READY_MS });
    await checkCommands(host, log);
    await claim.publish(addresses, { token, protocol: host.protocol! });
    return { host };
  });
}

/** Warns of a token with which commands are strangers: at a node of 2023 those of identities that are not the node's. */
async function checkCommands(host: AstralHost, log: Log): Promise<void> {
  const error = await answers(host);
  if (error === null) return;
  const why = error instanceof Error ? lowerCased(error.message) : String(error);
  const message = `Commands may not reach this service: it did not answer itself through the node: ${why}`;
  log({ type: "warning", message, code: reasonOf(error) });
}

/** Asks the warpdrive with this identity through the node, as commands do. Resolves to the error, `null` without one. */
async function answers(host: AstralHost): Promise<unknown> {
  try {
    await warpdriveClient({ host, peer: ownPeer(host) }).listPeers({ timeoutMs: CHECK_MS });
    return null;
  } catch (error) {
    return error;
  }
}
