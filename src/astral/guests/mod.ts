/**
 * The programs that use the service over apphost, and what they are served.
 *
 * @module
 */

export { Door } from "./guest-acceptor.ts";
export { Guests, type Place } from "./guests.ts";
