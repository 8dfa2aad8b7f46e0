/**
 * The stream that every host gives out, and its queues.
 *
 * @module
 */

export { Mailbox } from "./async-queue.ts";
export { CarriedStream, type Carrier } from "./host-stream.ts";
export { ReceiveQueue } from "./receive-queue.ts";
export { WriteQueue } from "./write-queue.ts";
