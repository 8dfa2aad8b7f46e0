/**
 * What stands between the servers of the user API and its calls.
 *
 * @module
 */

/** The user API of a node. */
export interface UserApi {
  /** A client has come. */
  connect(link: ClientLink): ClientSession;
  /** Ends the calls of all clients. The node stays as it is. */
  close(): void;
}

/** How a client is told something that it has not asked for. */
export interface ClientLink {
  /**
   * Sends the text of a notification, if there is room for it; otherwise it is dropped, and the link tells the client later
   * how many were. Null where only answers can be sent, as over HTTP.
   */
  readonly notify: ((text: string) => void) | null;
  /** Told how many calls a request has, one or those of a batch, before the first of them runs: they are limited. */
  readonly counted?: (calls: number) => void;
}

/** A client. */
export interface ClientSession {
  /**
   * The text of the answer to a text of JSON-RPC 2.0, one request or a batch, or to the bytes of one, which need not be
   * UTF-8; null if there is nothing to answer. At once if nobody else has to be asked. Never throws or rejects.
   */
  answer(request: string | Uint8Array): string | null | Promise<string | null>;
  /** The client has gone: its calls end, and what it listens to. */
  close(): void;
}
