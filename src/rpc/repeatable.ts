/**
 * Which calls may arrive twice.
 *
 * @module
 */

import type { RpcName } from "../../codec/protocols/storj/mod.ts";

/**
 * Whether a second arrival of a call does no harm, so that it is sent again when its answer is late. The nodes of 2016
 * do not recognise repeats: they would deliver a message twice, open two streams, and count a hop limit down twice.
 */
export const REPEATABLE: Readonly<Record<RpcName, boolean>> = Object.freeze({
  stun: true,
  ping: true,
  store: true,
  find_node: true,
  find_value: true,
  message_notify: false,
  stream_open: false,
  stream_write: false,
  stream_close: false,
  quasar_update: true,
  quasar_notify: false,
  quasar_filters: true,
  relay_message: false,
  direct_message: false,
  warpwire_hello: true,
  warpwire_prove: true,
  warpwire_store: true,
  warpwire_stream_open: false,
  warpwire_stream_prove: true,
  warpwire_piece: false,
  warpwire_ack: false,
  warpwire_reset: false,
  warpwire_notify: true,
  warpwire_offer: true,
  warpwire_want: true,
  warpwire_filters: true,
});

/**
 * Calls of which a repeat is recognised as long as there is room to remember them, and no longer: who writes to a stream has
 * one call under way and repeats none, so that a repeat is the network's own, and comes at once. A writer at the next machine
 * would fill what is set aside for the others in seconds.
 */
export const SOON_FORGOTTEN: ReadonlySet<RpcName> = new Set<RpcName>(["stream_write"]);
