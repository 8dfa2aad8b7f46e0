/**
 * Addresses of WebSockets as text: `ws://127.0.0.1:4001/path`, `wss://example.org/path`.
 *
 * @module
 */

/** Longer text is no address: the opening exchange has one byte for its length. */
const TEXT_BYTES_MAX = 255;

/** Reads an address; `null` for text of another kind, and for text that is none. */
export function parseWebSocketAddress(text: string): URL | null {
  if (!/^wss?:\/\/[^\s@#]+$/.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.hostname !== "" && url.href.length <= TEXT_BYTES_MAX ? url : null;
}

/** An address with another host and port. */
export function withSocketAddress(url: URL, at: { readonly host: string; readonly port: number }): URL {
  const moved = new URL(url);
  moved.host = at.host.includes(":") ? `[${at.host}]:${at.port}` : `${at.host}:${at.port}`;
  return moved;
}

/**
 * The address at which somebody else is reached: a peer that listens on all interfaces says `0.0.0.0` or `::`, which
 * means the machine by which its connection came. What cannot be read stays as it is.
 *
 * @param machine The host of that machine, without brackets
 */
export function reachableWebSocketAddress(text: string, machine: string | undefined): string {
  const url = parseWebSocketAddress(text);
  if (url === null || machine === undefined || (url.hostname !== "0.0.0.0" && url.hostname !== "[::]")) return text;
  url.hostname = machine.includes(":") ? `[${machine}]` : machine;
  return url.href;
}

/** The host of an address without the brackets around IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}
