/**
 * `warpwire ping`: measures the round-trip time to another node.
 *
 * @module
 */

import { PING_NAME } from "../../../astral/mod.ts";
import type { AstralHost } from "../../../host/astral/mod.ts";
import { readBytes } from "../../../host/streams/mod.ts";
import { type Host, HostError, type Stream } from "../../../host/mod.ts";
import { pause } from "../../../host/timing/mod.ts";
import { type Arguments, type CommandBody, numberOption, positionals, type Streams } from "../../command.ts";
import { jsonLine } from "../../json/mod.ts";
import { codeText, stopSignal } from "../../terminal/mod.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, quoted, withReason, withService } from "../../service/mod.ts";

const COUNT = 4;
/** More would exceed what nodes echo on one stream. */
const COUNT_MAX = 100_000;
const INTERVAL_SECONDS = 1;
const TIMEOUT_SECONDS = 10;
/** A day. */
const SECONDS_MAX = 86_400;

/** Pings another node through the service; the status is 1 unless every ping came back. */
export const pingCommand: CommandBody = {
  usage: "<peer> [options]",
  details: `The peer is a name that the service knows, or an identity. Ctrl-C stops it.
${CONNECTION_HELP}`,
  options: {
    ...CONNECTION_OPTIONS,
    count: { type: "string", value: "N", about: `number of pings; default ${COUNT}` },
    interval: { type: "string", value: "SECONDS", about: `time between two pings; default ${INTERVAL_SECONDS}` },
    timeout: { type: "string", value: "SECONDS", about: `how long to wait for an answer; default ${TIMEOUT_SECONDS}` },
    json: { type: "boolean", about: "print one line of JSON for each ping, and a summary" },
  },
  async run(args, streams) {
    const [peer] = positionals(args, ["peer"]);
    using stop = stopSignal();
    const plan = planOf(args, stop.signal);
    return await withService(args, (host) => ping(host, peer, plan, report(peer, args.options.json === true, streams)));
  },
};

function planOf(args: Arguments, signal: AbortSignal): PingPlan {
  const seconds = (name: string) => numberOption(args, name, { min: 0, max: SECONDS_MAX });
  return {
    count: numberOption(args, "count", { min: 1, max: COUNT_MAX, whole: true }) ?? COUNT,
    intervalMs: 1000 * (seconds("interval") ?? INTERVAL_SECONDS),
    timeoutMs: 1000 * (seconds("timeout") ?? TIMEOUT_SECONDS),
    signal,
  };
}

/** Pings; returns the exit status. */
async function ping(host: AstralHost, peer: string, plan: PingPlan, report: Report): Promise<number> {
  const { stream, openMs } = await withReason(host, peer, PING_NAME, () => openEcho(host, peer, plan));
  await using _ = stream;
  report.opened(openMs);
  const times: number[] = [];
  let lost = 0;
  try {
    for await (const rttMs of pings(host, stream, plan)) report.answered(times.push(rttMs), rttMs);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    report.lost(times.length + 1, error);
    lost = 1;
  }
  report.summary(times, times.length + lost);
  return lost === 0 && times.length > 0 ? 0 : 1;
}

/** Prints the results, for people or for programs. */
interface Report {
  opened(openMs: number): void;
  answered(seq: number, rttMs: number): void;
  lost(seq: number, error: HostError): void;
  summary(times: readonly number[], sent: number): void;
}

function report(peer: string, json: boolean, { out }: Streams): Report {
  const name = quoted(peer);
  return json
    ? {
      opened: (openMs) => out(`${jsonLine({ peer, openMs: round(openMs) })}\n`),
      answered: (seq, rttMs) => out(`${jsonLine({ peer, seq, rttMs: round(rttMs) })}\n`),
      lost: (seq, { code }) => out(`${jsonLine({ peer, seq, error: code })}\n`),
      summary: (times, sent) => {
        const { min, mean, max } = spread(times);
        out(`${jsonLine({ peer, sent, received: times.length, minMs: min, meanMs: mean, maxMs: max })}\n`);
      },
    }
    : {
      opened: (openMs) => out(`ping ${name}: the stream was open after ${openMs.toFixed(2)} ms\n`),
      answered: (seq, rttMs) => out(`${PING_BYTES} bytes from ${name}: seq=${seq} time=${rttMs.toFixed(2)} ms\n`),
      lost: (seq, error) => out(`no answer from ${name}: seq=${seq}, ${codeText(error.code)}\n`),
      summary: (times, sent) => {
        const { min, mean, max } = spread(times);
        const rtt = times.length === 0 ? "" : `, time min/mean/max ${min}/${mean}/${max} ms`;
        out(`${sent} sent, ${times.length} received${rtt}\n`);
      },
    };
}

function spread(times: readonly number[]): { min: number | null; mean: number | null; max: number | null } {
  if (times.length === 0) return { min: null, mean: null, max: null };
  let [min, max, sum] = [Infinity, 0, 0];
  for (const time of times) {
    min = Math.min(min, time);
    max = Math.max(max, time);
    sum += time;
  }
  return { min: round(min), mean: round(sum / times.length), max: round(max) };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** The bytes that go there and back. */
const PING_BYTES = 8;

/** How to ping. */
interface PingPlan {
  readonly count: number;
  /** From one ping to the next, in milliseconds. */
  readonly intervalMs: number;
  /** How long opening the stream, and each answer, may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends the pings. */
  readonly signal: AbortSignal;
}

/** A stream to the echo of another node, and how long it took to open it, in milliseconds. */
interface Echo {
  readonly stream: Stream;
  readonly openMs: number;
}

/** Opens the echo of a node. Throws as `Host.openStream`. */
async function openEcho(host: Host, peer: string, { timeoutMs, signal }: PingPlan): Promise<Echo> {
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
async function* pings(host: Host, stream: Stream, plan: PingPlan): AsyncGenerator<number> {
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
