/**
 * The port on which a share is offered: warpdrive's own port with the two commands that a stranger needs. Its name
 * contains the code, so that only people who have the code can find it.
 *
 * @module
 */

import { struct } from "../../../codec/mod.ts";
import { document } from "../../../codec/json/mod.ts";
import {
  type CommandName,
  FILES_LIMITS,
  type Offer,
  Offers,
  type Port,
  unified,
} from "../../../codec/protocols/warpdrive/mod.ts";
import type { LostFiles } from "../../warpdrive/files/mod.ts";
import { sentInfo, type StoredFile } from "../../warpdrive/offers/mod.ts";
import { withLost } from "./share-lost.ts";

/** The id of the one offer of a share. */
export const SHARE_OFFER_ID = "share";

/** The answer to a download that would begin with a file that has changed, or is gone: the list says which are. */
export const SHARE_CHANGED = 1;

/**
 * The byte that ends a download has one of these bits, or both, where the receiver does not have everything: it kept
 * files of its own instead of some that were shared; it left some out, by choice, because they were lost, or because
 * its disk does not take them.
 */
export const SHARE_KEPT = 1;
/** See {@link SHARE_KEPT}. */
export const SHARE_LEFT_OUT = 2;

const COMMANDS: ReadonlySet<CommandName> = new Set(["listOffers", "download", "end"]);

/** The port of a share with this code. */
export function sharePort(code: string): Port {
  const [{ name, commands, ...port }] = unified.ports;
  const own = commands.filter(({ name }) => COMMANDS.has(name)).map((command) =>
    command.name === "listOffers"
      // The list comes from somebody else's machine: it may be no longer than one offer.
      ? { ...command, caller: "anyone" as const, reply: struct({ offers: document(Offers, FILES_LIMITS) }) }
      : command
  );
  return { ...port, name: `${name}.${code}`, label: "share", commands: own };
}

/** The offer of a share, as the list has it. */
export function shareOffer(files: readonly StoredFile[], nowMs: number, lost: LostFiles): Offer {
  const timeMs = Math.floor(nowMs);
  return {
    ...{ Id: SHARE_OFFER_ID, In: false, Status: "awaiting", Index: -1, Progress: 0, Update: timeMs, Create: timeMs },
    ...{ Peer: "", Files: withLost(files.map(sentInfo), lost) },
  };
}
