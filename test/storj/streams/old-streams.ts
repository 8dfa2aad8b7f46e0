/**
 * The streams of an old node: a buffer for each, and no more than that.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import type { SimNetwork } from "../../../src/host/sim/mod.ts";
import { OldNode } from "../old-node.ts";

const STREAMS_MAX = 512;
const BUFFER_BYTES = 1024 * 1024;

interface Buffer {
  readonly peer: string;
  data: Uint8Array;
}

/** An old node that takes streams. */
export class OldStreamNode extends OldNode {
  readonly buffers: Map<string, Buffer>;
  /** The sizes of the writes that it took, and how many came. */
  readonly writes: number[];
  /** How many bytes a buffer may have. */
  bufferBytes = BUFFER_BYTES;
  /** Whether the answers to writes get lost. */
  mute = false;

  constructor(network: SimNetwork) {
    const buffers = new Map<string, Buffer>();
    const writes: number[] = [];
    const peerOf = (nodeId: Uint8Array, from: string) => formatHex(nodeId) + from;
    super(network, {
      answers: {
        stream_open: ({ nodeId }, from) => {
          if (buffers.size === STREAMS_MAX) return null;
          const id = this.host.random.bytes(32);
          buffers.set(formatHex(id), { peer: peerOf(nodeId, from), data: new Uint8Array(0) });
          return id;
        },
        stream_write: ({ nodeId, streamId, data }, from) => {
          const buffer = buffers.get(formatHex(streamId));
          if (buffer?.peer !== peerOf(nodeId, from)) return null;
          const part = data.subarray(0, this.bufferBytes - buffer.data.length);
          buffer.data = joined(buffer.data, part);
          writes.push(part.length);
          return this.mute ? undefined : part.length;
        },
        stream_close: ({ nodeId, streamId }, from) => {
          const buffer = buffers.get(formatHex(streamId));
          return buffer?.peer === peerOf(nodeId, from) && buffers.delete(formatHex(streamId));
        },
      },
    });
    this.buffers = buffers;
    this.writes = writes;
  }

  /** Opens a stream. */
  async open(to: string, nodeId: Uint8Array): Promise<Uint8Array | null> {
    const id = await this.request(to, "stream_open", { nodeId: this.id });
    if (id !== null) this.buffers.set(formatHex(id), { peer: formatHex(nodeId) + to, data: new Uint8Array(0) });
    return id;
  }

  /** Takes what has come. */
  read(id: string | Uint8Array): Uint8Array {
    const buffer = this.buffers.get(typeof id === "string" ? id : formatHex(id))!;
    const { data } = buffer;
    buffer.data = new Uint8Array(0);
    return data;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
