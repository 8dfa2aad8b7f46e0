/**
 * What an endpoint is: calls that go out, calls that come in, and what becomes of them.
 *
 * @module
 */

import type { AddressForm, Era, RpcArgs, RpcName, RpcReply } from "../../codec/protocols/storj/mod.ts";
import type { Host } from "../host/host.ts";
import type { RpcError } from "./error.ts";
import type { RpcLimits } from "./limits.ts";
import type { RoundTrip } from "./round-trip.ts";
import type { RpcStats } from "./stats.ts";

/** Who calls. */
export interface Caller {
  /** Where the request came from, as the host writes it: `udp:10.0.0.1:4653`. */
  readonly address: string;
  /** The era of the request, in which the answer goes out too. */
  readonly era: Era;
  /** Whether this address has answered a request of ours lately: then it is not forged. Proves nothing else. */
  readonly verified: boolean;
}

/**
 * What answers calls, by name. A function returns at once; `undefined` means no answer, and so does an error. The bytes
 * among the arguments are views of the datagram: copy what is kept.
 */
export type Answers = {
  readonly [N in RpcName]?: (args: RpcArgs<N>, from: Caller) => RpcReply<N> | undefined;
};

/** Options of {@link rpcEndpoint}. */
export interface RpcOptions {
  /** The host, on which the endpoint mounts `storj` for raw datagrams; there is one endpoint for a host. */
  readonly host: Host;
  /** The era of requests, where the call exists in it. Default `storjrpcudp`. */
  readonly era?: Era;
  /** How addresses are written in answers: `bin` (default), or `str` as the kademlia package of today needs it. */
  readonly addresses?: AddressForm;
  /** What answers calls from the beginning; {@link RpcEndpoint.handle} adds to it. */
  readonly answer?: Answers;
  /** Limits other than {@link RPC_LIMITS}. */
  readonly limits?: Partial<RpcLimits>;
  /** Called with what nobody else gets to know. It must not throw. */
  readonly onEvent?: (event: RpcEvent) => void;
}

/** Options of a call. */
export interface CallOptions {
  /** The type bytes. Default: the era of the endpoint, or the first of the call if it has only others. */
  readonly era?: Era;
  /** The name on the wire, such as `msg` for `relay_message`. Default: the call's own. */
  readonly wireName?: string;
  /** What the caller knows of the round trips to this peer; see {@link nextRoundTrip}. */
  readonly roundTrip?: RoundTrip | null;
  /** Whether the peer recognises repeats, so that every call may be sent again. Default false. */
  readonly repeats?: boolean;
  /**
   * Whether a request that may be sent again is sent again until the time is over, a dozen times, and not just thrice: for
   * what must not be lost, and nobody else can be asked. Default false.
   */
  readonly insists?: boolean;
  /**
   * The least time after which the answer is late and the request is sent again, in milliseconds: for peers that are quick
   * but now and then busy. Default: a few.
   */
  readonly retryMsMin?: number;
  /** When to give up, in milliseconds after the request was sent: 5,000 by default and at most. */
  readonly timeoutMs?: number;
  /** Called once if the answer is late: the time for asking somebody else meanwhile. */
  readonly onLate?: (() => void) | undefined;
}

/** What became of a call. */
export type Outcome<N extends RpcName> =
  | { readonly reply: RpcReply<N>; readonly roundTripMs: number; readonly error?: undefined }
  | { readonly error: RpcError; readonly reply?: undefined };

/** Gives a call up: nothing more is sent, and its function is not called any more. Does nothing if it is over. */
export type Cancel = () => void;

/** What nobody else gets to know. */
export type RpcEvent =
  /** A function that answers a call threw, or returned what cannot be sent. The caller got no answer. */
  | { readonly type: "handler-failed"; readonly rpc: RpcName; readonly from: Caller; readonly error: unknown }
  /** Nobody answered a call, after all retransmissions. */
  | { readonly type: "timeout"; readonly rpc: RpcName; readonly to: string };

/** Requests and answers over the datagrams of a host. */
export interface RpcEndpoint extends AsyncDisposable {
  /** The host. */
  readonly host: Host;
  /**
   * Calls a peer. `settle` is called exactly once, after this function has returned, unless the call is cancelled.
   *
   * @param to The peer's address as hosts write it, `udp:10.0.0.1:4653`
   * @throws CodecError for arguments that are not those of the call
   */
  call<N extends RpcName>(
    to: string,
    rpc: N,
    args: RpcArgs<N>,
    settle: (outcome: Outcome<N>) => void,
    options?: CallOptions,
  ): Cancel;
  /**
   * Sends a call that has no answer. It may get lost.
   *
   * @throws CodecError for arguments that are not those of the call
   */
  tell<N extends RpcName>(to: string, rpc: N, args: RpcArgs<N>): void;
  /**
   * Lets through many more of the calls that have no answer from an address, `noticesPerSecond` of the limits, until the
   * returned function is called: for services that exchange such with somebody whose address is known not to be forged.
   */
  vouch(address: string): () => void;
  /**
   * Calls a peer.
   *
   * @throws RpcError `timeout`, `refused`, `invalid-reply`, `too-large`, `busy`, `closed`, `aborted`
   */
  request<N extends RpcName>(
    to: string,
    rpc: N,
    args: RpcArgs<N>,
    options?: CallOptions & { readonly signal?: AbortSignal },
  ): Promise<RpcReply<N>>;
  /**
   * Answers more calls, and returns how to stop that.
   *
   * @throws TypeError for a call that is answered already
   */
  handle(answers: Answers): () => void;
  /** What has happened so far. */
  stats(): RpcStats;
  /**
   * Unmounts `storj`; every call under way ends with `closed`. To be called before the host is stopped, since it also ends
   * the timer of the answers that are kept. May be called again.
   */
  close(): Promise<void>;
}
