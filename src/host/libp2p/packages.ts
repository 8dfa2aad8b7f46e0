/**
 * The packages of js-libp2p, which are loaded when a host starts, because loading them takes long, and what they need of
 * the runtime.
 *
 * @module
 */

import { HostError } from "../error.ts";

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
 * @throws HostError `unsupported` when one is missing, or cannot be loaded
 */
export async function loadLibp2pPackages() {
  providePromiseWithResolvers();
  closeLockChannels();
  const { createLibp2p } = await load("libp2p", () => import("libp2p"));
  const { privateKeyFromRaw } = await load("@libp2p/crypto", () => import("@libp2p/crypto/keys"));
  const { identify } = await load("@libp2p/identify", () => import("@libp2p/identify"));
  const { noise } = await load("@libp2p/noise", () => import("@libp2p/noise"));
  const { peerIdFromString } = await load("@libp2p/peer-id", () => import("@libp2p/peer-id"));
  const { tcp } = await load("@libp2p/tcp", () => import("@libp2p/tcp"));
  const { yamux } = await load("@libp2p/yamux", () => import("@libp2p/yamux"));
  const { multiaddr } = await load("@multiformats/multiaddr", () => import("@multiformats/multiaddr"));
  return { createLibp2p, privateKeyFromRaw, identify, noise, peerIdFromString, tcp, yamux, multiaddr };
}

/** Loads the package that finds peers in the local network. Throws `unsupported`, too. */
export async function loadMdns() {
  return (await load("@libp2p/mdns", () => import("@libp2p/mdns"))).mdns;
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

/** The name under which mortice, the package behind the locks of libp2p's peer store, talks to worker threads. */
const LOCK_CHANNEL = "mortice";

let closes = false;

/**
 * Lets programs end on Deno that have used libp2p. Its store opens a `BroadcastChannel` for every lock, so that worker
 * threads could share the store, never closes it, and calls `unref()` only where there is one, as on Node. Our stores
 * are not shared: from now on channels of that name are closed when they are made. All others are as before.
 */
export function closeLockChannels(): void {
  const Original = globalThis.BroadcastChannel;
  if ("unref" in Original.prototype || closes) return;
  closes = true;
  globalThis.BroadcastChannel = class BroadcastChannel extends Original {
    constructor(name: string) {
      super(name);
      if (name === LOCK_CHANNEL) this.close();
    }
  };
}

/** A promise, and what settles it. */
interface Resolvers<T> {
  promise: Promise<T>;
  resolve(value: T | PromiseLike<T>): void;
  reject(reason?: unknown): void;
}

/**
 * Adds `Promise.withResolvers` to the runtime, as ECMAScript 2024 has it, unless it is there. To be called before a
 * module is imported that needs it.
 */
export function providePromiseWithResolvers(): void {
  if ("withResolvers" in Promise) return;
  Object.defineProperty(Promise, "withResolvers", { value: withResolvers, writable: true, configurable: true });
}

/** For tests: what is added. */
export function withResolvers<T>(this: PromiseConstructor): Resolvers<T> {
  let resolve!: Resolvers<T>["resolve"];
  let reject!: Resolvers<T>["reject"];
  const promise = new this<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
