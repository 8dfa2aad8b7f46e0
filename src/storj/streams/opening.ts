/**
 * Asking a node for a stream.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import type { RpcArgs, RpcReply } from "../../../codec/protocols/storj/mod.ts";
import { type Outcome, RpcError } from "../../rpc/mod.ts";
import { StorjError, type StorjErrorCode } from "../error.ts";
import type { Ground, Peer } from "../ground.ts";

/** What keeps a stream from being opened, and is nobody's fault. */
const UNOPENED: ReadonlySet<StorjErrorCode> = new Set(["not-found", "busy", "timeout", "no-peers"]);

/** Whether there is no stream because of the others: nobody was found, or answered, or takes it. */
export function isUnopened(error: unknown): boolean {
  if (!(error instanceof StorjError) || !UNOPENED.has(error.code)) return false;
  // Otherwise the caller's time was over.
  return error.code !== "timeout" || error.cause instanceof RpcError;
}

/**
 * Asks a node for a stream, and returns what it answers. This is not given up, because the other side would keep the stream.
 *
 * @throws StorjError `busy`, `not-found`; RpcError `timeout`
 */
export function askForStream<N extends "stream_open" | "warpwire_stream_open">(
  ground: Ground,
  { contact, options }: Peer,
  rpc: N,
  args: RpcArgs<N>,
): Promise<NonNullable<RpcReply<N>>> {
  return new Promise((resolve, reject) => {
    ground.rpc.call(contact.address, rpc, args, ({ reply, error }: Outcome<N>) => {
      if (error !== undefined) {
        ground.forget(contact);
        reject(openingError(error));
      } else if (reply === null) {
        reject(new StorjError("busy", `The node ${formatHex(contact.id)} takes no more streams`));
      } else {
        resolve(reply as NonNullable<RpcReply<N>>);
      }
    }, options);
  });
}

/** Who cannot be sent to, or answers something else, is not the node that is looked for. */
function openingError(cause: RpcError): Error {
  if (cause.code !== "refused" && cause.code !== "invalid-reply") return cause;
  return new StorjError("not-found", "Cannot open a stream: no node answers there", { cause });
}
