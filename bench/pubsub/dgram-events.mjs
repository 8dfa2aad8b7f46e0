/**
 * Counts what all sockets of `node:dgram` send, and what of it has events in it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import dgram from "node:dgram";
import { EVENT_MARK } from "./work.mjs";

const counts = { events: 0, messages: 0, bytes: 0 };
const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function (packet, ...args) {
  counts.messages++;
  counts.bytes += packet.length;
  if (
    Buffer.from(packet.buffer, packet.byteOffset, packet.length).includes(
      EVENT_MARK,
    )
  ) counts.events++;
  return send.call(this, packet, ...args);
};

/** @returns {import("./work.mjs").Sent} datagrams */
export function datagramsWithEvents() {
  return { ...counts };
}
