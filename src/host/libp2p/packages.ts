/**
 * The packages of js-libp2p, which are loaded when a host starts, because loading them takes long.
 *
 * @module
 */

import { HostError } from "../error.ts";
import { closeLockChannels } from "./lock-channels.ts";
import { providePromiseWithResolvers } from "../timing/mod.ts";

/** The packages with the major versions that fit together; `package.json` has the ranges. */
export const LIBP2P_PACKAGES: Readonly<Record<string, number>> = Object.freeze({
  "libp2p": 3,
  "@libp2p/crypto": 5,
  "@libp2p/identify": 4,
  "@libp2p/mdns": 12,
  "@libp2p/noise": 17,
  "@libp2p/peer-id": 6,
  "@libp2p/tcp": 11,
  "@libp2p/yamux": 8,
  "@multiformats/multiaddr": 13,
});

/** What hosts use of the packages. */
export type Libp2pPackages = Awaited<ReturnType<typeof loadLibp2pPackages>>;

/**
 * Loads the packages.
 *
 * @throws HostError `unsupported` when one is missing,, or cannot be loaded
 */
export async function loadLibp2pPackages() {
  providePromiseWithResolvers();
  closeLockChannels();
  const { createLibp2p } = await load("libp2p", () => import("libp2p"));
  const { privateKeyFromRaw } = await load("@libp2p/crypto", () => import("@libp2p/crypto/keys"));
  const { identify } = await load("@libp2p/identify", () => import("@libp2p/identify"));
  const { mdns } = await load("@libp2p/mdns", () => import("@libp2p/mdns"));
  const { noise } = await load("@libp2p/noise", () => import("@libp2p/noise"));
  const { peerIdFromString } = await load("@libp2p/peer-id", () => import("@libp2p/peer-id"));
  const { tcp } = await load("@libp2p/tcp", () => import("@libp2p/tcp"));
  const { yamux } = await load("@libp2p/yamux", () => import("@libp2p/yamux"));
  const { multiaddr } = await load("@multiformats/multiaddr", () => import("@multiformats/multiaddr"));
  return { createLibp2p, privateKeyFromRaw, identify, mdns, noise, peerIdFromString, tcp, yamux, multiaddr };
}

/** For tests: loads one package, or says which one cannot be loaded, and why. */
export async function load<T>(name: string, importPackage: () => Promise<T>): Promise<T> {
  try {
    return await importPackage();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HostError("unsupported", `Cannot load the package "${name}": ${reason}`, { cause });
  }
}
