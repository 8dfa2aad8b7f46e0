/**
 * The service's own operations: its state, its peers, and pings to them, as lines of JSON.
 *
 * @module
 */

import { bytes } from "../../../codec/mod.ts";
import { HostError } from "../../host/mod.ts";
import type { Connection } from "../channels/mod.ts";
import { PING_NAME, type PingLine } from "../events.ts";
import type { ServiceContext } from "../service-context.ts";
import {
  type Operation,
  type OperationCall,
  type OperationStream,
  param,
  requiredParam,
  type Runner,
} from "./operation.ts";

/** What may be echoed on one stream, in bytes. */
const ECHO_BYTES_MAX = 1024 * 1024;
/** The bytes that go there and back. */
const PING_BYTES = 8;
const PINGS_MAX = 100;
/** How long an answer may take, in milliseconds. */
const PING_TIMEOUT_MS = 10_000;

const UTF8 = new TextEncoder();

/** The operations. */
export const CONTROL_OPERATIONS: readonly Operation[] = [
  {
    name: PING_NAME,
    permission: "everybody",
    params: [],
    answer: "the bytes that come, at most a mebibyte",
    prepare: () => echo,
  },
  {
    name: "warpwire.status",
    permission: "node",
    params: [],
    answer: "a line of JSON with what `service.status()` returns",
    prepare: ({ context }) => (stream) => writeLine(stream, context.status()),
  },
  {
    name: "warpwire.peers",
    permission: "node",
    params: [],
    answer: "a line of JSON for each contact and each node heard of",
    prepare: ({ context }) => async (stream) => {
      for (const peer of context.status().peers) await writeLine(stream, peer);
    },
  },
  {
    name: "warpwire.failure",
    permission: "node",
    params: [param("peer", "string8")],
    answer: "a line of JSON with `peer`, `code` and `reason` if the last query to that peer failed; else nothing",
    prepare: ({ context, params }) => {
      const failure = context.router.failureOf(context.names.resolve(params.get("peer") ?? "") ?? "");
      return (stream) => failure === undefined ? Promise.resolve() : writeLine(stream, failure);
    },
  },
  {
    name: "warpwire.ping",
    permission: "node",
    params: [requiredParam("peer", "string8"), param("count", "uint8")],
    answer: "a line of JSON for each ping: `peer`, `seq`, `rttMs`, in the first one `openMs`; `error` at last",
    prepare: preparePing,
  },
];

function preparePing({ context, params }: OperationCall): Runner | string {
  const peer = context.names.resolve(params.get("peer") ?? "");
  if (peer === null) return "The parameter peer is neither an identity nor a known name";
  const count = Number(params.get("count") ?? 1);
  if (!Number.isInteger(count) || count < 1 || count > PINGS_MAX) return `The count is not from 1 to ${PINGS_MAX}`;
  return (stream) => ping(context, peer, count, (line) => writeLine(stream, line));
}

async function ping(
  context: ServiceContext,
  peer: string,
  count: number,
  say: (line: PingLine) => Promise<void>,
): Promise<void> {
  const { clock, identity, router } = context;
  const round = (ms: number) => Math.round(ms * 1000) / 1000;
  let seq = 1;
  let connection: Connection | null = null;
  try {
    let start = clock.now();
    const call = { origin: "host", caller: identity, target: peer, query: PING_NAME, network: true } as const;
    connection = await router.ask(call, { timeoutMs: PING_TIMEOUT_MS });
    const openMs = round(clock.now() - start);
    for (; seq <= count; seq++) {
      start = clock.now();
      await bounce(context, connection);
      await say({ peer, seq, rttMs: round(clock.now() - start), ...(seq === 1 ? { openMs } : {}) });
    }
    await connection.close();
  } catch (error) {
    connection?.abort(error);
    await say({ peer, seq, error: error instanceof HostError ? error.code : "failed" });
  }
}

/** Sends some bytes and waits for the same ones. */
async function bounce({ clock, random }: ServiceContext, connection: Connection): Promise<void> {
  const sent = random.bytes(PING_BYTES);
  const late = new HostError("timeout", `No answer within ${PING_TIMEOUT_MS} ms`);
  let isLate = false;
  const timer = clock.setTimer(PING_TIMEOUT_MS, () => {
    isLate = true;
    connection.abort(late);
  });
  try {
    await connection.stream.write(sent);
    const back = await connection.nextMessage(bytes(PING_BYTES), { bytesMax: PING_BYTES });
    if (back === null) throw new HostError("reset", "The stream ended before the answer");
    if (back.some((byte, index) => byte !== sent[index])) throw new HostError("protocol", "Other bytes came back");
  } catch (error) {
    throw isLate ? late : error;
  } finally {
    timer.clear();
  }
}

async function echo({ connection }: OperationStream): Promise<void> {
  for (let echoed = 0; echoed < ECHO_BYTES_MAX;) {
    const piece = await connection.piece();
    if (piece === null) return;
    await connection.stream.write(piece);
    echoed += piece.length;
  }
}

async function writeLine({ connection }: OperationStream, value: unknown): Promise<void> {
  await connection.stream.write(UTF8.encode(`${JSON.stringify(value)}\n`));
}
