/**
 * Measuring how far away another node is.
 *
 * @module
 */

import { PING_NAME } from "../../astral/mod.ts";
import { type Host, HostError, type Stream } from "../../host/mod.ts";
import { readBytes } from "../../host/connect/mod.ts";
import { pause } from "../../host/timing/mod.ts";

/** The bytes that go there and back. */
export const PING_BYTES = 8;

/** How to ping. */
export interface PingPlan {
  readonly count: number;
  /** From one ping to the next, in milliseconds. */
  readonly intervalMs: number;
  /** How long opening the stream, and each answer, may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends the pings. */
  readonly signal: AbortSignal;
}

/** A stream to the echo of another node, and how long it took to open it, in milliseconds. */
export interface Echo {
  readonly stream: Stream;
  readonly openMs: number;
}

/** Opens the echo of a node. Throws as `Host.openStream`. */
export async function openEcho(host: Host, peer: string, { timeoutMs, signal }: PingPlan): Promise<Echo> {
  const start = host.clock.now();
  const stream = await host.openStream({ peerId: peer }, PING_NAME, { timeoutMs, signal });
  return { stream, openMs: host.clock.now() - start };
}

/**
 * Sends bytes and waits for the same ones, `count` times; yields how long it took each time, in milliseconds. Ends early
 * when the signal fires.
 *
 * @throws HostError `timeout`; `protocol` if other bytes come back; as the methods of `Stream`
 */
export async function* pings(host: Host, stream: Stream, plan: PingPlan): AsyncGenerator<number> {
  const { clock, random } = host;
  for (let seq = 1; seq <= plan.count; seq++) {
    const sent = random.bytes(PING_BYTES);
    const start = clock.now();
    try {
      await stream.write(sent, plan);
      const back = await readBytes(stream, PING_BYTES, plan);
      if (back.some((byte, index) => byte !== sent[index])) throw new HostError("protocol", "Other bytes came back");
      yield clock.now() - start;
      if (seq < plan.count) await pause(clock, plan.intervalMs - (clock.now() - start), plan.signal);
    } catch (error) {
      if (plan.signal.aborted) return;
      throw error;
    }
  }
}
