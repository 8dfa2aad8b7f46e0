/**
 * Counts what all sockets of `node:dgram` send.
 *
 * @module
 */

import dgram from "node:dgram";

let sent = 0;
const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function (...args) {
  sent++;
  return send.apply(this, args);
};

/** How many datagrams were sent. */
export function datagramsSent() {
  return sent;
}
