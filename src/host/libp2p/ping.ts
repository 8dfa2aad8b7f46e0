/**
 * The ping protocol of libp2p, as peers ask for it: 32 bytes, which come back, as often as the peer sends some.
 * https://github.com/libp2p/specs/blob/master/ping/ping.md
 *
 * @module
 */

import { bytes } from "../../../codec/mod.ts";
import { HostError } from "../error.ts";
import { type HostStream, MessageReader } from "../streams/mod.ts";

/** What the protocol is called. */
export const PING_PROTOCOL = "/ipfs/ping/1.0.0";
/** How many streams of it a connection has here: as many as the protocol wants to be accepted. */
export const PING_STREAMS_MAX = 2;
/** How long a peer may take until it sends the next bytes, in milliseconds: some ping every 15 s over one stream. */
const SILENCE_MS = 60_000;
/** How long it may leave the answer unread, in milliseconds. */
const STALL_MS = 10_000;
/** What it may send before it has the answers, in bytes; a peer that waits for each has sent none. */
const AHEAD_BYTES_MAX = 1024;

const Ping = bytes(32);

/** Answers until the peer ends its direction. Never rejects: a peer that does something else is cut off. */
export async function answerPings(stream: HostStream): Promise<void> {
  const reader = new MessageReader(stream);
  try {
    for (;;) {
      const ping = await reader.nextMessage(Ping, { timeoutMs: SILENCE_MS });
      if (ping === null) return await stream.close();
      if (stream.unread > AHEAD_BYTES_MAX) throw new HostError("protocol", "The peer does not wait for the answers");
      await stream.write(ping, { timeoutMs: STALL_MS });
    }
  } catch (error) {
    stream.abort(error);
  }
}
