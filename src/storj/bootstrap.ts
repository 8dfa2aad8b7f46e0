/**
 * Where a node begins: addresses as people write them, of which names are resolved.
 *
 * @module
 */

import { parseSocketAddress } from "../host/connect/mod.ts";
import { type Clock, HostError } from "../host/mod.ts";
import { pause } from "../host/timing/mod.ts";
import { addressOf } from "../rpc/mod.ts";

/** Names that could not be resolved are tried again after this, then after twice that and so on. */
const PAUSE_MS_MIN = 2000;
const PAUSE_MS_MAX = 60_000;

/** Where somebody may be: an IP address or a name, and a port. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** Addresses to begin with, read and sorted. */
export interface BootstrapPlaces {
  /** Those with IP addresses, as hosts write them. */
  readonly addresses: readonly string[];
  readonly names: readonly Place[];
}

/**
 * Reads `host:port` or `[v6]:port`.
 *
 * @throws HostError `address` for what is neither
 */
export function bootstrapPlaces(texts: readonly string[]): BootstrapPlaces {
  const addresses: string[] = [];
  const names: Place[] = [];
  for (const text of texts) {
    const place = parseSocketAddress(`udp:${text}`);
    if (place === null || place.kind === "unix" || place.port === 0) {
      throw new HostError("address", `Cannot begin at "${text}": that is not HOST:PORT`);
    }
    const address = addressOf(place.host, place.port);
    if (address === null) names.push(place);
    else addresses.push(address);
  }
  return { addresses, names };
}

/** What {@link resolveNames} needs. */
export interface ResolvingParts {
  readonly clock: Clock;
  readonly closing: AbortSignal;
  /** Called with the addresses of one name. */
  readonly found: (addresses: readonly string[]) => void;
  /** Whether the names that are left may wait no longer: somebody else is known. */
  readonly isEnough: () => boolean;
}

/** Resolves names, again and again as long as nobody is known. */
export async function resolveNames(names: readonly Place[], parts: ResolvingParts): Promise<void> {
  const { clock, closing, found, isEnough } = parts;
  let left = names;
  for (let pauseMs = PAUSE_MS_MIN; left.length > 0; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    const unresolved = await Promise.all(left.map(async (place) => {
      const addresses = await lookUp(place);
      if (addresses.length > 0 && !closing.aborted) found(addresses);
      return addresses.length > 0 ? [] : [place];
    }));
    left = unresolved.flat();
    if (left.length === 0 || closing.aborted || isEnough()) return;
    try {
      await pause(clock, pauseMs, closing);
    } catch {
      return;
    }
  }
}

async function lookUp({ host, port }: Place): Promise<string[]> {
  try {
    const { lookup } = await import("node:dns/promises");
    const found = await lookup(host, { all: true });
    return found.flatMap(({ address }) => addressOf(address, port) ?? []);
  } catch {
    return [];
  }
}
