/**
 * The programs that use the service over apphost, and how they are served.
 *
 * @module
 */

export { GuestAcceptor } from "./guest-acceptor.ts";
export { Guests, type GuestSlot } from "./guests.ts";
