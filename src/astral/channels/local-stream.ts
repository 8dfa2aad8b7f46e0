/**
 * Streams inside the process of the service.
 *
 * @module
 */

import { HostStream } from "../../host/streams/mod.ts";
import type { Clock, PeerInfo } from "../../host/mod.ts";
import { type Flow, PairedTransport } from "../../host/local/mod.ts";

const INSTANT: Flow = Object.freeze({
  carry(_kind, _bytes, deliver) {
    deliver();
    return true;
  },
} as Flow);

/** One end of a stream inside the process, and what is called when it has ended. */
export interface LocalEnd {
  /** Who is at the other end. */
  readonly peerInfo: PeerInfo;
  readonly ended: () => void;
}

/** The two ends of a stream inside the process. */
export function localStream(clock: Clock, one: LocalEnd, other: LocalEnd): [HostStream, HostStream] {
  const transports = [one, other].map(({ ended }) => new PairedTransport(clock, INSTANT, ended));
  PairedTransport.pair(transports[0], transports[1]);
  const streams = [one, other].map(({ peerInfo }, index) => {
    const stream = new HostStream(clock, peerInfo, transports[index]);
    transports[index].attach(stream);
    return stream;
  });
  return [streams[0], streams[1]];
}
