/**
 * What is measured: sockets of the runtime, and every host.
 *
 * @module
 */

/**
 * One end that sends and asks.
 *
 * @typedef {object} Dialer
 * @property {() => Promise<{ send: (count: number, piece: Uint8Array) => Promise<void>, close: () => unknown }>} sender
 * @property {() => Promise<{ call: () => Promise<void>, close: () => unknown }>} caller
 * @property {() => unknown} stop
 */

/**
 * @typedef {object} Subject
 * @property {() => Promise<{ address: object, stop: () => unknown }>} serve
 * @property {(address: object) => Dialer | Promise<Dialer>} dial
 */

/**
 * What is known of a subject without making it.
 *
 * @typedef {object} SubjectInfo
 * @property {string} name
 * @property {string} [baseline] the subject that ratios are taken to
 * @property {boolean} [together] whether both ends are in one process
 * @property {"2023" | "2026"} [astral] the protocol of the node between both ends, in a process of its own
 * @property {boolean} [hostEach] whether each idle connection has a host of its own; nothing else is measured then
 */

export const TCP = "node:net, TCP";
export const UNIX = "node:net, unix";

/** @type {SubjectInfo[]} */
export const subjects = [
  { name: TCP },
  { name: UNIX },
  { name: "memory", baseline: TCP, together: true },
  { name: "socket, TCP", baseline: TCP },
  { name: "socket, unix", baseline: UNIX },
  { name: "websocket", baseline: TCP },
  { name: "libp2p", baseline: TCP },
  { name: "libp2p, a connection each", hostEach: true },
  { name: "TLS", baseline: TCP },
  { name: "services, libp2p", baseline: TCP },
  { name: "services, TLS", baseline: TCP },
  { name: "astral 2023", baseline: TCP, astral: "2023" },
  { name: "astral 2026", baseline: TCP, astral: "2026" },
  { name: "storj node, UDP", baseline: TCP },
];
