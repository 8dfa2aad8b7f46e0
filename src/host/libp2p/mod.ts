/**
 * Hosts in libp2p networks: a node of js-libp2p with TCP, noise, yamux and identify, on Node and Deno. Connections are
 * encrypted, and peers prove that they have the key that is their id. The packages of libp2p are loaded when the host
 * starts.
 *
 * @module
 */

export { canonicalPeerId, fromMultiaddrText, toMultiaddrText } from "./names.ts";
export {
  type ConnectionRefusal,
  LIBP2P_PROTOCOL,
  Libp2pHost,
  libp2pHost,
  type Libp2pHostOptions,
  type MdnsOptions,
} from "./host.ts";
