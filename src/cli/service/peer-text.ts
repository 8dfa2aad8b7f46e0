/**
 * A peer in one line of text, `anna=02c6...9ee5@tcp:192.0.2.7:4001`: a name, an identity, and where it is. Two machines
 * are paired by it.
 *
 * @module
 */

import { PublicIdentity } from "../../identity/mod.ts";
import { toMultiaddrText } from "../../host/libp2p/mod.ts";
import { UsageError } from "../command.ts";

/** A peer that somebody has written down. */
export interface PeerText {
  /** Empty where none is given. */
  readonly name: string;
  /** 66 hex digits. */
  readonly identity: string;
  readonly addresses: readonly string[];
}

const FORM = "[NAME=]ID[@ADDR...], as in anna=02c6...9ee5@tcp:192.0.2.7:4001";

/**
 * Reads a peer; each of its addresses follows an `@`.
 *
 * @throws UsageError
 */
export function parsePeerText(text: string): PeerText {
  const shown = JSON.stringify(text);
  const match = /^\s*(?:([^=@]+)=)?([^=@]+)((?:@[^@]+)*)\s*$/.exec(text);
  if (match === null) throw new UsageError(`Peer ${shown} is not of the form ${FORM}`);
  const [, name = "", id, places] = match;
  const addresses = places.split("@").slice(1);
  const wrong = addresses.find((address) => toMultiaddrText(address) === null);
  if (wrong !== undefined) {
    throw new UsageError(
      `Peer ${shown} has an invalid address: ${JSON.stringify(wrong)} is not as in tcp:192.0.2.7:4001`,
    );
  }
  return { name, identity: parseIdentity(id, shown), addresses };
}

/** The text of a peer; without a name if there is none that fits into the text. */
export function formatPeerText({ name, identity, addresses }: PeerText): string {
  const called = name === "" || /[=@'\p{C}]/u.test(name) ? "" : `${name}=`;
  return [`${called}${identity}`, ...addresses].join("@");
}

function parseIdentity(id: string, shown: string): string {
  try {
    return PublicIdentity.fromAstralIdentity(id.toLowerCase()).astralIdentity;
  } catch {
    const why = /^0[23][0-9a-f]{64}$/i.test(id)
      ? "is not a public key; a digit is wrong"
      : `has ${id.length} characters; an identity has 66 hex digits that begin with 02 or 03`;
    throw new UsageError(`Peer ${shown} has no valid identity: ${JSON.stringify(id)} ${why}`);
  }
}
