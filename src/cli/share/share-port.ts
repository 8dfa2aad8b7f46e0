/**
 * The port on which a share is offered: warpdrive's own port with the three commands that a stranger needs. Its name
 * contains the code, so that only people who have the code can find it.
 *
 * @module
 */

import { struct } from "../../../codec/mod.ts";
import { document } from "../../../codec/json/mod.ts";
import {
  type CommandName,
  FILES_LIMITS,
  FILTERS,
  type Info,
  type Offer,
  Offers,
  type Port,
  unified,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { DEFERRED_HASH_BYTES_MIN, type FileEntry, type LostFiles } from "../../warpdrive/files/mod.ts";
import { sentInfo, storedFile } from "../../warpdrive/offers/mod.ts";
import { withLost } from "./share-lost.ts";

/** The id of the one offer of a share. */
export const SHARE_OFFER_ID = "share";

/**
 * What a receiver lists that can ask for hashes: it gets the list at once. Others get it when every hash is made, and so
 * do those who have to compare files that are there already.
 */
export const SHARE_LIST = FILTERS.outgoing;
/** What the others list. */
export const SHARE_LIST_HASHED = FILTERS.all;

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

const COMMANDS: ReadonlySet<CommandName> = new Set(["listOffers", "download", "fileHash", "end"]);

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
export function shareOffer(entries: readonly FileEntry[], nowMs: number, lost: LostFiles): Offer {
  const timeMs = Math.floor(nowMs);
  return {
    ...{ Id: SHARE_OFFER_ID, In: false, Status: "awaiting", Index: -1, Progress: 0, Update: timeMs, Create: timeMs },
    ...{ Peer: "", Files: withLost(entries.map(infoOf), lost) },
  };
}

/** An entry as the list has it: a file that may be without its hash has the time of its last change. */
function infoOf(entry: FileEntry): Info {
  const info = sentInfo(storedFile(entry));
  return entry.size < DEFERRED_HASH_BYTES_MIN ? info : { ...info, ModifiedMs: Math.floor(entry.modifiedMs) };
}
