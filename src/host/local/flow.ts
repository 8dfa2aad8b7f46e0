/**
 * What hosts inside one process need of the network between them: a way to carry things from one to the other.
 *
 * @module
 */

/** What is carried; the numbers stand in the trace of a simulation and must not change their meaning. */
export const CARRIED = Object.freeze({
  datagram: 1,
  timer: 2,
  script: 3,
  connect: 4,
  connected: 5,
  request: 6,
  withdrawal: 7,
  acceptance: 8,
  refusal: 9,
  bytes: 10,
  credit: 11,
  end: 12,
  reset: 13,
});

/** One of the kinds of {@link CARRIED}. */
export type CarriedKind = keyof typeof CARRIED;

/** One direction of a stream, or of what leads to one: carries everything in the order of the calls, without loss. */
export interface Flow {
  /**
   * Carries something to the other host and calls `deliver` there. Returns false, and never calls it, when there is no
   * way now.
   *
   * @param bytes The part of a stream that is carried, which counts for time and trace
   */
  carry(kind: CarriedKind, bytes: Uint8Array | null, deliver: () => void): boolean;
}
