/**
 * Addresses of sockets as text: `tcp:127.0.0.1:4001`, `tcp:[::1]:4001`, `udp:127.0.0.1:4001`, `unix:/run/warpwire`, and
 * `tls:127.0.0.1:4001` where TLS is spoken over TCP; and of WebSockets: `ws://127.0.0.1:4001/path`, `wss://example.org/path`.
 *
 * @module
 */

/** Where a socket is: a port of a host, or a file. */
export type SocketAddress =
  | { readonly kind: "tcp" | "udp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Longer text is not an address; names of hosts end at 253 characters. */
const TEXT_CHARS_MAX = 270;

/** Reads an address; `null` for text of another kind, and for text that is none. */
export function parseSocketAddress(text: string): SocketAddress | null {
  if (text.length > TEXT_CHARS_MAX) return null;
  if (text.startsWith("unix:")) {
    const path = text.slice(5);
    return path === "" || path.includes("\0") ? null : { kind: "unix", path };
  }
  const match = /^(tcp|udp):(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const port = Number(match[4]);
  if (port > 65535) return null;
  return { kind: match[1] === "tcp" ? "tcp" : "udp", host: match[2] ?? match[3], port };
}

/** Writes an address. */
export function formatSocketAddress(address: SocketAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const { kind, host, port } = address;
  return host.includes(":") ? `${kind}:[${host}]:${port}` : `${kind}:${host}:${port}`;
}

const TLS = /^tls:/;

/** Reads an address of TLS, as the address of TCP that it is below; `null` for text of another kind. */
export function parseTlsAddress(text: string): (SocketAddress & { readonly kind: "tcp" }) | null {
  const address = TLS.test(text) ? parseSocketAddress(text.replace(TLS, "tcp:")) : null;
  return address?.kind === "tcp" ? address as SocketAddress & { readonly kind: "tcp" } : null;
}

/** Writes an address of TLS. */
export function formatTlsAddress(address: SocketAddress): string {
  return formatSocketAddress(address).replace(/^tcp:/, "tls:");
}

/**
 * The address at which somebody else is reached: a peer that listens on all interfaces says `0.0.0.0` or `::`, which
 * means the machine by which its connection came. What cannot be read stays as it is.
 */
export function reachableAddress(text: string, machine: string | undefined): string {
  const tls = parseTlsAddress(text);
  if (tls !== null) return formatTlsAddress(parseSocketAddress(reachableAddress(formatSocketAddress(tls), machine))!);
  const address = parseSocketAddress(text);
  if (machine === undefined || address === null || address.kind === "unix") return text;
  return address.host === "0.0.0.0" || address.host === "::"
    ? formatSocketAddress({ ...address, host: machine })
    : text;
}

/** Longer text is not an address: the opening exchange has one byte for its length. */
const URL_BYTES_MAX = 255;

/** Reads an address; `null` for text of another kind, and for text that is none. */
export function parseWebSocketAddress(text: string): URL | null {
  if (!/^wss?:\/\/[^\s@#]+$/.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.hostname !== "" && url.href.length <= URL_BYTES_MAX ? url : null;
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

/** Whether a name or address without brackets is this machine's own, which no other machine reaches. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** The name or address in `name:port`, as requests have it, in small letters, without the brackets of IPv6. */
export function hostNameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
}
