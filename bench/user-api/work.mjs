/**
 * What servers of the user API are asked to do.
 *
 * @module
 */

/** Requests of a client that wait for their answers. */
export const IN_FLIGHT = 32;
/** Calls of a batch. */
export const BATCH_CALLS = 100;
/** How long one slice lasts, and how many there are of each round; so many of them only warm up. */
export const SLICE_MS = 400;
export const SLICES = 8;
export const WARM_SLICES = 3;
/** Nodes of a swarm, and how long they are left alone. */
export const SWARM_NODES = 50;
export const IDLE_MS = 10_000;

const CALL = { jsonrpc: "2.0", id: 1, method: "dht_id", params: [] };

/**
 * A way to call.
 *
 * @typedef {object} Way
 * @property {string} name
 * @property {"http" | "websocket"} over
 * @property {string} request
 * @property {number} calls of each request
 */

/** @type {Way[]} */
export const WAYS = [
  { name: "HTTP", over: "http", request: JSON.stringify(CALL), calls: 1 },
  {
    name: `HTTP, batches of ${BATCH_CALLS}`,
    over: "http",
    request: JSON.stringify(
      Array.from({ length: BATCH_CALLS }, (_, id) => ({ ...CALL, id })),
    ),
    calls: BATCH_CALLS,
  },
  {
    name: "WebSocket",
    over: "websocket",
    request: JSON.stringify(CALL),
    calls: 1,
  },
];
