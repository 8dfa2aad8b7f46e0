/**
 * Endpoints in a simulated network, and a plain mount beside them that sends what no endpoint would.
 *
 * @module
 */

import * as assert from "uvu/assert";
import type { Datagram, DatagramProtocol } from "../../src/host/host.ts";
import { type LinkModel, type SimHost, SimNetwork } from "../../src/host/sim/mod.ts";
import {
  type Outcome,
  type RpcEndpoint,
  rpcEndpoint,
  type RpcErrorCode,
  type RpcEvent,
  type RpcOptions,
} from "../../src/rpc/mod.ts";

export const ALICE: Uint8Array = new Uint8Array(20).fill(0xaa);
export const BOB: Uint8Array = new Uint8Array(20).fill(0xbb);
export const KEY: Uint8Array = new Uint8Array(20).fill(0xcc);

/** A network with what it takes to look at one endpoint. */
export interface Scene {
  readonly network: SimNetwork;
  /** Makes a started host with an endpoint. */
  node(options?: Omit<RpcOptions, "host">): Node;
  /** Makes a started host with nothing but a mount. */
  stranger(): Stranger;
}

/** An endpoint with its host, and the events that it reported. */
export interface Node {
  readonly host: SimHost;
  readonly address: string;
  readonly endpoint: RpcEndpoint;
  readonly events: RpcEvent[];
}

/** A host that says what a test wants, and keeps what it gets. */
export interface Stranger {
  readonly host: SimHost;
  readonly address: string;
  readonly received: Datagram[];
  /** When each of them came. */
  readonly times: number[];
  send(bytes: Uint8Array, to: Node): void;
}

/** Makes an empty network, with a latency of 20 ms unless the link says otherwise. */
export function scene(link: Partial<LinkModel> = {}, seed = 1): Scene {
  const network = new SimNetwork({ seed, link });
  return {
    network,
    node: (options = {}) => {
      const host = started(network);
      const events: RpcEvent[] = [];
      const endpoint = rpcEndpoint({ onEvent: (event) => events.push(event), ...options, host });
      return { host, address: host.addresses()[0], endpoint, events };
    },
    stranger: () => {
      const host = started(network);
      const received: Datagram[] = [];
      const times: number[] = [];
      const mount: DatagramProtocol = host.mountDatagrams("storj", {
        receive: (datagram) => {
          received.push(datagram);
          times.push(network.nowMs);
        },
      });
      const send = (bytes: Uint8Array, to: Node) => void mount.sendDatagram(bytes, to.host.info);
      return { host, address: host.addresses()[0], received, times, send };
    },
  };
}

function started(network: SimNetwork): SimHost {
  const host = network.addHost();
  void host.start();
  return host;
}

/** Keeps outcomes of calls, each with the moment of its coming. */
export function recorder(network: SimNetwork) {
  const outcomes: { readonly outcome: Outcome<"ping">; readonly atMs: number }[] = [];
  return {
    outcomes,
    settle: (outcome: Outcome<"ping">) => void outcomes.push({ outcome, atMs: network.nowMs }),
    /** The errors' codes, or `ok`, in the order in which they came. */
    codes: (): (RpcErrorCode | "ok")[] => outcomes.map(({ outcome }) => outcome.error?.code ?? "ok"),
  };
}

/** The only item of a list. */
export function only<T>(items: readonly T[]): T {
  assert.is(items.length, 1);
  return items[0];
}
