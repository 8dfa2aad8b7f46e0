/**
 * The endpoint: sorts what comes in, and knows who has proven itself.
 *
 * @module
 */

import {
  DATAGRAM_BYTES_MIN,
  datagramType,
  type RpcArgs,
  type RpcName,
  type RpcReply,
} from "../../codec/protocols/storj/mod.ts";
import type { Datagram, DatagramProtocol, Host } from "../host/host.ts";
import { addressHash } from "./address.ts";
import { RpcError } from "./error.ts";
import { IncomingCalls, type IncomingPlan } from "./incoming.ts";
import { RPC_LIMITS, type RpcLimits } from "./limits.ts";
import { OutgoingCalls, type OutgoingPlan } from "./outgoing.ts";
import type { Settle } from "./pending.ts";
import { VerifiedAddresses } from "./rate.ts";
import type { Answers, CallOptions, Cancel, Outcome, RpcEndpoint, RpcOptions } from "./rpc.ts";
import { RpcCounts, type RpcStats } from "./stats.ts";

/** The path of the protocol on a host. */
const PATH = "storj";

/**
 * Makes the endpoint of a host, which sends and answers the calls of the storj nodes.
 *
 * ```ts
 * import { SimNetwork } from "warpwire/host/sim";
 * import { rpcEndpoint } from "warpwire/rpc";
 *
 * const network = new SimNetwork({ seed: 1 });
 * const [alice, bob] = [network.addHost(), network.addHost()];
 * await Promise.all([alice.start(), bob.start()]);
 * const ids = [new Uint8Array(20).fill(0xaa), new Uint8Array(20).fill(0xbb)];
 * rpcEndpoint({ host: bob, answer: { ping: () => ids[1] } });
 * const endpoint = rpcEndpoint({ host: alice });
 * const answer = endpoint.request(bob.addresses()[0], "ping", { nodeId: ids[0] });
 * console.log((await network.drive(answer))[0].toString(16), network.nowMs); // bb 40
 * ```
 *
 * @throws HostError `mounted` if the host has an endpoint
 */
export function rpcEndpoint(options: RpcOptions): RpcEndpoint {
  return new Endpoint(options);
}

class Endpoint implements RpcEndpoint, IncomingPlan, OutgoingPlan {
  readonly options: RpcOptions;
  readonly limits: RpcLimits;
  readonly counts = new RpcCounts();
  readonly #mount: DatagramProtocol;
  readonly #incoming: IncomingCalls;
  readonly #outgoing: OutgoingCalls;
  readonly #verified: VerifiedAddresses;
  /** Makes the hashes of addresses unforeseeable. */
  readonly #key: number;

  constructor(options: RpcOptions) {
    this.options = options;
    this.limits = options.limits === undefined ? RPC_LIMITS : limitsOf(options.limits);
    this.#key = (options.host.random.next() * 2 ** 32) | 0;
    this.#verified = new VerifiedAddresses(this.limits.verified, this.limits.verifiedMs);
    this.#mount = options.host.mountDatagrams(PATH, { raw: true, receive: (datagram) => this.#receive(datagram) });
    this.#incoming = new IncomingCalls(this, this.#mount);
    this.#outgoing = new OutgoingCalls(this, this.#mount);
    if (options.answer !== undefined) this.#incoming.handle(options.answer);
  }

  get host(): Host {
    return this.options.host;
  }

  call<N extends RpcName>(
    to: string,
    rpc: N,
    args: RpcArgs<N>,
    settle: (outcome: Outcome<N>) => void,
    options?: CallOptions,
  ): Cancel {
    return this.#outgoing.call(to, rpc, args as RpcArgs<RpcName>, settle as Settle, options);
  }

  request<N extends RpcName>(
    to: string,
    rpc: N,
    args: RpcArgs<N>,
    options: CallOptions & { readonly signal?: AbortSignal } = {},
  ): Promise<RpcReply<N>> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortedError(rpc, to, signal));
      const cancel = this.call(to, rpc, args, (outcome) => {
        signal?.removeEventListener("abort", onAbort);
        if (outcome.error === undefined) resolve(outcome.reply);
        else reject(outcome.error);
      }, options);
      const onAbort = () => {
        cancel();
        reject(abortedError(rpc, to, signal!));
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  tell<N extends RpcName>(to: string, rpc: N, args: RpcArgs<N>): void {
    this.#outgoing.tell(to, rpc, args as RpcArgs<RpcName>);
  }

  vouch(address: string): () => void {
    return this.#incoming.vouch(this.source(address));
  }

  handle(answers: Answers): () => void {
    return this.#incoming.handle(answers);
  }

  stats(): RpcStats {
    const { inFlight, waiting, trips } = this.#outgoing;
    return this.counts.summary({ inFlight, waiting, verified: this.#verified.size }, trips);
  }

  close(): Promise<void> {
    this.#mount.unmount();
    this.#incoming.close();
    this.#outgoing.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  source(address: string): number {
    return addressHash(address, this.#key);
  }

  isProven(source: number, nowMs: number): boolean {
    return this.#verified.has(nowMs, source);
  }

  proven(address: string, nowMs: number): void {
    this.#verified.add(nowMs, this.source(address));
  }

  #receive(datagram: Datagram): void {
    const { bytes } = datagram;
    if (bytes.length < DATAGRAM_BYTES_MIN) return this.counts.refuse("short");
    const type = datagramType(bytes[0]);
    if (type === undefined) this.counts.refuse("type");
    else if (type.kind === "response") this.#outgoing.receive(datagram);
    else this.#incoming.receive(datagram, type.era);
  }
}

/** @throws RangeError for a limit that is not a positive number */
function limitsOf(given: Partial<RpcLimits>): RpcLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!(value > 0)) throw new RangeError(`Cannot limit ${name} to ${value}`);
  }
  return Object.freeze({ ...RPC_LIMITS, ...given });
}

function abortedError(rpc: RpcName, to: string, signal: AbortSignal): RpcError {
  return new RpcError("aborted", `Calling "${rpc}" of "${to}" was given up`, { cause: signal.reason });
}
