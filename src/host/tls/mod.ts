/**
 * Hosts whose streams are connections of TLS 1.3, by the platform's own TLS on Node and Deno. Peers prove who they are
 * by certificates as libp2p has them.
 *
 * @module
 */

export { TlsHost, tlsHost, type TlsHostOptions } from "./host.ts";
