/**
 * The address of a share, which `share` prints and `receive` takes: identity, secret code, and network addresses.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import { toMultiaddrText } from "../../host/libp2p/mod.ts";
import { platformRandom, PublicIdentity } from "../../identity/mod.ts";
import { UsageError } from "../command.ts";

/** Bytes of a code: nobody tries 2^64 of them. */
const CODE_BYTES = 8;
/** How many addresses are printed: more would not fit into a line that people copy. */
const ADDRESSES_MAX = 4;
/** As many as that if all of them are of cables and antennas. */
const ADDRESSES_MOST = 8;
const LOOPBACK = /^tcp:(127\.|\[::1\]|localhost)/;

/** Where a share is to be found. */
export interface ShareAddress {
  /** 66 hex digits; the host proves that the peer has this key. */
  readonly peerId: string;
  /** Without it the share is not found. */
  readonly code: string;
  /** As hosts have them, `tcp:192.0.2.7:4001`. */
  readonly addresses: readonly string[];
}

/** A fresh code. */
export function newShareCode(): string {
  return formatHex(platformRandom(CODE_BYTES));
}

/**
 * `ID.CODE@ADDR+ADDR`, with `192.0.2.7:4001` for addresses of TCP and `2001:db8::1:4001` for those of IPv6: no shell gives
 * a meaning to any of these characters, as zsh does to brackets and PowerShell to commas.
 */
export function formatShareAddress({ peerId, code, addresses }: ShareAddress): string {
  return `${peerId}.${code}@${
    addresses.map((address) => address.replace(/^tcp:/, "").replace(/[[\]]/g, "")).join("+")
  }`;
}

/**
 * Reads what {@link formatShareAddress} writes, alone or as a part of the command that was printed; the id may also be
 * one of libp2p, addresses multiaddrs, and addresses separated by commas, with IPv6 in brackets.
 *
 * @throws UsageError
 */
export function parseShareAddress(text: string): ShareAddress {
  const bare = text.trim().replace(/^\S* *\breceive +/, "").replace(/^["'](.*)["']$/, "$1");
  const match = /^(\w+)\.([0-9a-f]{2,64})@(.+)$/.exec(bare);
  if (match === null) {
    throw new UsageError("The share is not of the form ID.CODE@ADDRESS that the other machine printed");
  }
  const [, id, code, places] = match;
  const addresses = places.split(/[,+]/).map(addressOf);
  for (const address of addresses) {
    if (toMultiaddrText(address) === null) throw new UsageError(`Address "${address}" is not as in 192.0.2.7:4001`);
  }
  return { peerId: identityOf(id), code, addresses };
}

/** An address as hosts have it: what comes before the last colon is the machine. */
function addressOf(place: string): string {
  if (/^(tcp:|\/)/.test(place)) return place;
  const [, host, port] = /^([^[\]]*:[^[\]]*):(\d+)$/.exec(place) ?? [];
  return host === undefined ? `tcp:${place}` : `tcp:[${host}]:${port}`;
}

/** What a machine says of its own addresses, as `os.networkInterfaces()`. */
export type Interfaces = Readonly<Record<string, readonly { readonly address: string }[] | undefined>>;

/** Networks that are the cables and antennas of a machine, and those that only exist in it, or lead through others. */
const CABLES = /^(eth|en[a-z0-9]|em\d|wl|ww|lan|bond|usb|wi-?fi|ethernet|ath|ra\d)/i;
const TUNNELS = /^(tun|tap|wg|tailscale|zt|utun|ppp|ipsec|nord|proton|ham|gif|stf)/i;
const INNER =
  /^(docker|br-|br\d|veth|virbr|vmnet|vboxnet|lxc|lxd|cni|flannel|cali|podman|kube|vethernet|vmware|virtualbox|awdl|llw|bridge|dummy)/i;

/**
 * Those of a host's addresses that lead others to it, the likeliest first: of cables and antennas before bridges and
 * tunnels, which may lead there or not, then what machines give themselves. Loopback only if there is nothing else.
 */
export function sharedAddresses(addresses: readonly string[], interfaces: Interfaces = {}): string[] {
  const ranked = addresses.map((address) => ({ address, rank: rankOf(address, interfaces) }))
    .sort((one, other) => one.rank - other.rank);
  const outside = ranked.filter(({ rank }) => rank < OWN_RANK);
  const best = outside.filter(({ rank }) => rank < 2 * INNER_RANK);
  const usable = outside.length > 0 ? outside : ranked;
  return usable.slice(0, Math.min(ADDRESSES_MOST, Math.max(ADDRESSES_MAX, best.length))).map(({ address }) => address);
}

const INNER_RANK = 4;
const LINK_RANK = 16;
const OWN_RANK = 32;

function rankOf(address: string, interfaces: Interfaces): number {
  if (LOOPBACK.test(address) || /^tcp:\[fe80:/i.test(address)) return OWN_RANK;
  const host = hostOf(address);
  const v6 = host.includes(":") ? 1 : 0;
  if (host.startsWith("169.254.")) return LINK_RANK;
  const [name = ""] = Object.entries(interfaces).find(([, list]) => list?.some((one) => one.address === host)) ?? [];
  if (INNER.test(name)) return 3 * INNER_RANK + v6;
  if (TUNNELS.test(name)) return 2 * INNER_RANK + v6;
  return (CABLES.test(name) ? 0 : INNER_RANK) + v6;
}

function hostOf(address: string): string {
  return address.replace(/^tcp:/, "").replace(/:\d+$/, "").replace(/[[\]]/g, "");
}

/** What is to be said of addresses that may not lead others here; `null` where there is nothing to say. */
export function addressesNote(addresses: readonly string[]): string | null {
  const hosts = addresses.map(hostOf);
  if (addresses.every((address) => rankOf(address, {}) >= OWN_RANK)) {
    return "This machine is in no network: only programs on this machine can fetch it.";
  }
  if (hosts.every((host) => host.startsWith("169.254."))) {
    return "No router has given this machine an address: only machines on the same cable or Wi-Fi can fetch it.";
  }
  if (hosts.every((host) => host.includes(":"))) return "This machine has IPv6 only: the other one needs it, too.";
  return null;
}

/** Where a share listens: on IPv6 only where the machine has an address of it that leads somewhere. */
export function shareListen(interfaces: Interfaces): string[] {
  const all = Object.values(interfaces).flatMap((list) => list ?? []).map(({ address }) => address);
  const v6 = all.some((address) => address.includes(":") && address !== "::1" && !/^fe80:/i.test(address));
  return ["tcp:0.0.0.0:0", ...(v6 ? ["tcp:[::]:0"] : [])];
}

function identityOf(text: string): string {
  try {
    const identity = /^0[23]/.test(text) ? PublicIdentity.fromAstralIdentity(text) : PublicIdentity.fromPeerId(text);
    return identity.astralIdentity;
  } catch {
    const form = /^0[23][0-9a-fA-F]{64}$/.test(text) || /^16Uiu2HA\w{45}$/.test(text);
    throw new UsageError(
      form
        ? "The identity in the share is not a valid public key: a character of it is wrong"
        : "The share has no identity: that is 66 hex digits that begin with 02 or 03",
    );
  }
}
