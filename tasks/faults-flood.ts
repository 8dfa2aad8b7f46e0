/**
 * An endpoint on a socket under a flood from another process: whether it still answers, what it sends, and how its memory
 * grows.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import process from "node:process";
import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { encodeRequest, encodeResponse } from "../codec/protocols/storj/mod.ts";
import { SeededRandom } from "../src/host/sim/mod.ts";
import { type SocketHost, socketHost } from "../src/host/socket/host.ts";
import { type RpcEndpoint, rpcEndpoint, type RpcStats } from "../src/rpc/mod.ts";

/** What the endpoint is flooded with: anything, requests that have long answers, or answers to nothing. */
export type FloodKind = "garbage" | "requests" | "answers";

/** How long, how much, and by which program. */
export interface FloodOptions {
  readonly kind: FloodKind;
  readonly perSecond: number;
  readonly seconds: number;
  readonly seed: number;
  /** The command of the program that floods, which calls {@link flood}; the rest is added to it. */
  readonly flooder: readonly string[];
}

/** What was seen. */
export interface FloodReport {
  /** Datagrams sent, and bytes of answers that they drew, as the flooder counts them. */
  readonly sent: number;
  readonly drawnBytes: number;
  /** Datagrams that the endpoint looked at, and how often it left them without an answer, by reason. */
  readonly seen: number;
  readonly refused: RpcStats["refused"];
  /** Requests that were meant well, of which some were answered, within this time. */
  readonly asked: number;
  readonly answered: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Time of the processor that the endpoint and its friend took, by datagram; unlike the times above, on any machine. */
  readonly cpuUs: number;
  /** How much the memory that is in use has grown. */
  readonly heapGrowthBytes: number;
}

const NODE_ID = new Uint8Array(20).fill(0xbb);
const CONTACTS = Array.from(
  { length: 20 },
  (_, index) => ({ id: NODE_ID, ip: `100.100.100.${100 + index}`, port: 4e4 }),
);
/** How often somebody asks who means well. */
const ASK_MS = 10;
/** Different datagrams of a flood; their message ids are changed each time. */
const DATAGRAMS = 4096;

/** Runs one flood. */
export async function runFlood(options: FloodOptions): Promise<FloodReport> {
  await using host = await socketHost({ peerId: "flooded" });
  await using own = await socketHost({ peerId: "friend" });
  await using endpoint = rpcEndpoint({ host, answer: { ping: () => NODE_ID, find_node: () => CONTACTS } });
  await using friend = rpcEndpoint({ host: own });
  const to = udpAddress(host);
  for (let count = 0; count < 100; count++) await friend.request(to, "ping", { nodeId: NODE_ID });
  const before = heapBytes();
  const cpu = process.cpuUsage();
  const asking = askRegularly(friend, to);
  const { sent, drawnBytes } = await startFlooder(options, to);
  const times = await asking.stop();
  const { user, system } = process.cpuUsage(cpu);
  const heapGrowthBytes = heapBytes() - before;
  const { refused, unexpected, foreign, asked, repeated } = endpoint.stats();
  const left = Object.values(refused).reduce((sum: number, count) => sum + count, 0);
  const seen = left + unexpected + foreign + asked + repeated;
  times.sort((a, b) => a - b);
  return {
    ...{ sent, drawnBytes, refused, heapGrowthBytes, seen },
    cpuUs: (user + system) / seen,
    asked: asking.asked(),
    answered: times.length,
    p50Ms: times[Math.floor(0.5 * times.length)],
    p95Ms: times[Math.floor(0.95 * times.length)],
  };
}

/** Pings until it is stopped; `stop` waits for the last answers and gives the time of each. */
function askRegularly(friend: RpcEndpoint, to: string) {
  const { clock } = friend.host;
  const times: number[] = [];
  const pending = new Set<Promise<void>>();
  let [asked, stopped] = [0, false];
  const ask = () => {
    if (stopped) return;
    asked += 1;
    const startMs = clock.now();
    const asking = friend.request(to, "ping", { nodeId: NODE_ID })
      .then(() => void times.push(clock.now() - startMs), () => {})
      .finally(() => pending.delete(asking));
    pending.add(asking);
    clock.setTimer(ASK_MS, ask);
  };
  ask();
  return {
    asked: () => asked,
    stop: async () => {
      stopped = true;
      await Promise.all(pending);
      return times;
    },
  };
}

function startFlooder({ kind, perSecond, seconds, seed, flooder }: FloodOptions, to: string) {
  const [command, ...args] = flooder;
  const child = spawn(command, [...args, kind, to.split(":")[2], String(perSecond), String(seconds), String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise<{ readonly sent: number; readonly drawnBytes: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => resolve(JSON.parse(line)));
    child.on("error", reject).on("exit", (status) => reject(new Error(`The flooder ended with ${status}`)));
  });
}

/** Floods a port of this machine from one socket and prints what it sent and got, as a line of JSON. */
export async function flood(args: readonly string[]): Promise<void> {
  const [kind, port, perSecond, seconds, seed] = [args[0] as FloodKind, ...args.slice(1).map(Number)] as const;
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  let drawnBytes = 0;
  socket.on("message", (message) => drawnBytes += message.length);
  const datagrams = datagramsOf(kind, new SeededRandom(seed));
  const startMs = performance.now();
  let sent = 0;
  while (sent < perSecond * seconds) {
    const due = Math.min((performance.now() - startMs) / 1000, seconds) * perSecond;
    while (sent < due) send(socket, datagrams[sent % DATAGRAMS], port, sent++);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  console.log(JSON.stringify({ sent, drawnBytes }));
  socket.close();
}

function send(socket: Socket, datagram: Uint8Array, port: number, number: number): void {
  if (datagram.length >= 21) new DataView(datagram.buffer, datagram.byteOffset).setUint32(1, number);
  socket.send(datagram, port, "127.0.0.1", () => {});
}

function datagramsOf(kind: FloodKind, random: SeededRandom): Uint8Array[] {
  return Array.from({ length: DATAGRAMS }, (_, index) => {
    const messageId = random.bytes(20);
    if (kind === "answers") return encodeResponse({ rpc: "ping", reply: NODE_ID, messageId }, { owned: true });
    if (kind === "requests") {
      return encodeRequest({ rpc: "find_node", args: { nodeId: NODE_ID, key: messageId }, messageId }, { owned: true });
    }
    const garbage = random.bytes(Math.floor(random.next() * 200));
    // Half of them look like datagrams at least.
    if (garbage.length > 0 && index % 2 === 0) garbage[0] %= 4;
    return garbage;
  });
}

function udpAddress(host: SocketHost): string {
  return host.addresses().find((address) => address.startsWith("udp:"))!;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Memory that objects and buffers take. */
function heapBytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
