/**
 * `warpwire rpc`: prints the contents of a storj datagram of any era.
 *
 * @module
 */

import { CodecError, formatHex, parseHex } from "../../../../codec/mod.ts";
import { any, decodeMsgpackPrefix, Packed, unpack } from "../../../../codec/msgpack/mod.ts";
import {
  type Datagram,
  decodeDatagram,
  decodeResponse,
  type IncomingResponse,
  type RpcName,
} from "../../../../codec/protocols/storj/mod.ts";
import { type CommandBody, positionals } from "../../command.ts";
import { jsonLine } from "../../json/mod.ts";

/** Prints the contents of one datagram, or of a request and its response. */
export const rpcCommand: CommandBody = {
  usage: "<hex> [<hex>]",
  details: "A response does not name its fields: add its request to get the names.",
  run(args, { out }) {
    const [first, second, ...more] = positionals(args, ["hex"], { rest: true });
    if (more.length > 0) positionals(args, ["hex", "hex"]);
    const datagrams = (second === undefined ? [first] : [first, second]).map((hex) => decodeDatagram(parseHex(hex)));
    const request = datagrams.find((datagram) => datagram.kind === "request");
    if (datagrams.length === 2) checkPair(datagrams);
    for (const datagram of datagrams) out(`${jsonLine(datagramJson(datagram, request?.rpc ?? null))}\n`);
  },
};

function checkPair([first, second]: readonly Datagram[]): void {
  if (first.kind === second.kind) {
    throw new CodecError("protocol", `Both datagrams are ${first.kind}s; expected a request and its response`);
  }
  const ids = [first, second].map(({ messageId }) => formatHex(messageId));
  if (ids[0] !== ids[1]) {
    throw new CodecError(
      "protocol",
      `The response belongs to another request: its message id is ${ids[1]}, not ${ids[0]}`,
    );
  }
}

/** @param rpc the call that a response answers; `null` if its request is unknown */
function datagramJson(datagram: Datagram, rpc: RpcName | null): Record<string, unknown> {
  const { kind, era } = datagram;
  const head = { kind, era, messageId: formatHex(datagram.messageId) };
  if (datagram.kind === "response") return { ...head, ...answerJson(datagram, rpc) };
  const { wireName, args, trailing } = datagram;
  return { ...head, rpc: datagram.rpc, name: wireName, args: opened(args), trailing };
}

function answerJson({ payload }: IncomingResponse, rpc: RpcName | null): Record<string, unknown> {
  if (rpc !== null) {
    const { reply, trailing } = decodeResponse(rpc, payload);
    return { rpc, reply: opened(reply), trailing };
  }
  const { value, length } = decodeMsgpackPrefix(any, payload);
  return { rpc, reply: opened(value), trailing: payload.length - length };
}

/** Unpacks all packed values inside a value. */
function opened(value: unknown): unknown {
  if (value instanceof Packed) return opened(unpack(value));
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, opened(part)]));
}
