/**
 * Recorded datagrams of streams.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { decodeDatagram, decodeResponse, encodeRequest, HEADER_BYTES } from "../../../codec/protocols/storj/mod.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { NodeGround } from "../../../src/storj/node-ground.ts";
import { Streams } from "../../../src/storj/streams/mod.ts";
import { WireHost } from "../../kademlia/wire-host.ts";
import { recordedCases } from "../../protocols/storj/recorded.ts";

const test = suite("storj streams: recorded datagrams get the recorded answers");

const CALLER = "udp:10.0.0.1:4000";
const CALLER_ID = new Uint8Array(20).fill(0xaa);
const BUFFER_BYTES = 1024 * 1024;

const recorded = (name: string) => {
  const { request, response } = recordedCases.find((one) => one.name === name)!;
  return { request: parseHex(request!), response: response! };
};

/** A node that opens the recorded streams. */
class RecordedStreams {
  readonly host = new WireHost();
  readonly streams: Streams;

  constructor(streamIds: readonly string[]) {
    const { random } = this.host;
    const left = [...streamIds];
    const bytes = (count: number) => count === 32 && left.length > 0 ? parseHex(left.shift()!) : random.bytes(count);
    Object.assign(this.host, { random: { bytes, next: () => random.next() } });
    const identity = Identity.generate({ random: (count) => random.bytes(count) });
    this.streams = new Streams(new NodeGround({ host: this.host, identity, proves: false }));
  }

  /** What is answered to a datagram: questions of the node's own are none. */
  answersTo(request: Uint8Array): string[] {
    this.host.deliver(request, CALLER);
    const answers = this.host.take().filter(({ bytes }) => decodeDatagram(bytes).kind === "response");
    return answers.map(({ bytes }) => formatHex(bytes));
  }

  /** Writes data with a datagram, and returns how many bytes were taken. */
  write(streamId: Uint8Array, data: Uint8Array, counter: number): number | null {
    const messageId = new Uint8Array(20).fill(counter, 0, 2).fill(counter >> 8, 2, 4);
    const args = { nodeId: CALLER_ID, streamId, data };
    const [answer] = this.answersTo(encodeRequest({ rpc: "stream_write", args, messageId }));
    return decodeResponse("stream_write", parseHex(answer).subarray(HEADER_BYTES)).reply;
  }
}

test("the conversation with the program of 2016, up to the full queue", () => {
  const opened = ["stream_open", "stream_open 2"].map(recorded);
  const streamIds = opened.map(({ response }) => response.slice(2 * (HEADER_BYTES + 2)));
  const node = new RecordedStreams(streamIds);
  const exchange = (name: string) => {
    const { request, response } = recorded(name);
    assert.equal(node.answersTo(request), [response], name);
  };
  for (const name of ["stream_open", "stream_write unknown", "stream_close", "stream_close again", "stream_open 2"]) {
    exchange(name);
  }
  const id = parseHex(streamIds[1]);
  const data = new Uint8Array(8118).fill(0x78);
  for (let written = 0, counter = 1; written < BUFFER_BYTES; written += data.length, counter++) {
    const expected = Math.min(data.length, BUFFER_BYTES - written);
    assert.is(node.write(id, data, counter), expected, `after ${written} bytes`);
  }
  exchange("stream_write when full");
  assert.equal(node.streams.read(id), new Uint8Array(BUFFER_BYTES).fill(0x78));
});

test("the longest write that a caller of 2016 sends is taken, a whole datagram of 8,213 bytes", () => {
  const node = new RecordedStreams([]);
  const [opened] = node.answersTo(recorded("stream_open").request);
  const streamId = parseHex(opened.slice(2 * (HEADER_BYTES + 2)));
  const data = new Uint8Array(8118).map((_, index) => index % 251);
  const args = { nodeId: CALLER_ID, streamId, data };
  const { len } = recordedCases.find(({ name }) => name === "stream_write 8118")!;
  assert.is(encodeRequest({ rpc: "stream_write", args, messageId: CALLER_ID }).length, len);
  assert.is(node.write(streamId, data, 1), data.length);
  assert.equal(node.streams.read(streamId), data);
});

test.run();
