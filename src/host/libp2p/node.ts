/**
 * The node of js-libp2p that a host uses: TCP, noise, yamux, identify, and mDNS where it is asked for.
 *
 * @module
 */

import type { ConnectionGater } from "@libp2p/interface";
import type { Libp2p, Libp2pOptions } from "libp2p";
import { HostError } from "../error.ts";
import type { MdnsOptions } from "./options.ts";
import { type Libp2pPackages, loadMdns } from "./packages.ts";
import { WINDOW_BYTES_MAX, WINDOW_BYTES_MOST } from "./windows.ts";

/** What a node is to be. */
export interface Libp2pNodePlan {
  /** The secret key, 32 bytes. */
  readonly secret: Uint8Array;
  /** Where to listen, as multiaddrs. */
  readonly listen: readonly string[];
  /** How many streams a connection has in each direction. */
  readonly streamsMax: number;
  /** How long a connection may take to prove who is there, in milliseconds. */
  readonly openingTimeoutMs: number;
  readonly mdns: MdnsOptions | null;
  /** If somebody else listens there: gets what takes the connections that are for libp2p. */
  readonly whenListening?: (take: (socket: object) => void) => void;
  /** Who may connect; libp2p's own limits do not distinguish strangers from known peers. */
  readonly gater?: ConnectionGater;
}

/** How many streams of a connection are the node's own, which identifies itself and pings, besides those of programs. */
const NODE_STREAMS_MAX = 4;

/** How many connections a second one machine may begin; libp2p's 5 are too few for the processes of one machine. */
const BEGINNINGS_MAX = 64;
/**
 * How long a peer may take to answer a ping, in milliseconds, before the connection is given up: machines may be busy.
 */
const PING_TIMEOUT_MS = 15_000;

/** Makes a node; it is not started. */
export async function createLibp2pNode(packages: Libp2pPackages, plan: Libp2pNodePlan): Promise<Libp2p> {
  const { createLibp2p, privateKeyFromRaw, identify, noise, tcp, yamux } = packages;
  const { streamsMax, openingTimeoutMs } = plan;
  return await createLibp2p({
    start: false,
    privateKey: privateKeyFromRaw(plan.secret),
    nodeInfo: { name: "warpwire", userAgent: "warpwire" },
    addresses: { listen: [...plan.listen] },
    transports: [plan.whenListening === undefined ? tcp() : listenedFor(tcp(), plan.whenListening)],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: streamsMax + NODE_STREAMS_MAX,
        maxOutboundStreams: streamsMax + NODE_STREAMS_MAX,
        // Those that come while the connection is not quite ready yet; with libp2p's 10 it would break.
        maxEarlyStreams: streamsMax + NODE_STREAMS_MAX,
        // While nobody reads, no more comes than the window allows.
        streamOptions: { maxStreamWindowSize: WINDOW_BYTES_MAX, maxReadBufferLength: 2 * WINDOW_BYTES_MOST },
      }),
    ],
    services: { identify: identify(), timers: leftTimers },
    peerDiscovery: plan.mdns === null ? [] : [await discovery(plan.mdns)],
    connectionManager: {
      maxConnections: Infinity,
      maxIncomingPendingConnections: Infinity,
      inboundConnectionThreshold: BEGINNINGS_MAX,
      inboundUpgradeTimeout: openingTimeoutMs,
      inboundStreamProtocolNegotiationTimeout: openingTimeoutMs,
    },
    connectionGater: plan.gater ?? {},
    connectionMonitor: { pingTimeout: { minTimeout: PING_TIMEOUT_MS, maxTimeout: PING_TIMEOUT_MS } },
  });
}

type TransportFactory = ReturnType<Libp2pPackages["tcp"]>;

/** What is used of the server that a listener of libp2p has, a `Server` of `node:net`. */
interface ListenerServer {
  listen(where: { readonly host: string; readonly port: number }, done: () => void): void;
  address(): { readonly address: string; readonly port: number };
  emit(event: "listening" | "connection", socket?: object): void;
}

/**
 * A transport that listens nowhere, but is given connections, so that a port can be shared with another protocol. libp2p
 * has no way for that: its listeners are told that they listen.
 *
 * @throws HostError `unsupported`, when the node starts, if listeners are not as they were in 11.0
 */
function listenedFor(
  make: TransportFactory,
  whenListening: (take: (socket: object) => void) => void,
): TransportFactory {
  return (components) => {
    const transport = make(components);
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options) => {
      const listener = createListener(options);
      const { server } = listener as { server?: ListenerServer };
      if (server === undefined) throw new HostError("unsupported", "libp2p cannot share a port");
      server.listen = ({ host, port }, done) => {
        server.address = () => ({ address: host, port });
        server.emit("listening");
        whenListening((socket) => server.emit("connection", socket));
        done();
      };
      return listener;
    };
    return transport;
  };
}

type Services = NonNullable<Libp2pOptions["services"]>;

/**
 * A service that ends what libp2p 3.3 leaves running when it stops: a timer of a second, with which its address manager
 * puts off writing down that the node listens nowhere any more.
 */
const leftTimers: Services[string] = ({ addressManager }) => {
  const { _updatePeerStoreAddresses: update } = addressManager as { _updatePeerStoreAddresses?: { stop?(): void } };
  return { start() {}, stop() {}, afterStop: () => update?.stop?.() };
};

type Discovery = NonNullable<Libp2pOptions["peerDiscovery"]>[number];

async function discovery(options: MdnsOptions): Promise<Discovery> {
  const mdns = await loadMdns();
  const { intervalMs: interval, group: ip, ...rest } = options;
  return mdns({ ...rest, ...(interval !== undefined && { interval }), ...(ip !== undefined && { ip }) });
}
