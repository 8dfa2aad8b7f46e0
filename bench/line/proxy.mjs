/**
 * A line between two machines that are far from each other, for connections of TCP on one machine.
 *
 * Each direction is late by half of the round trip, and has any bandwidth. Loss is a model, because a proxy sees no
 * packets: in each round trip, a direction carries as many packets as its window has. Each of them may be lost; what
 * comes after the first that is lost arrives a round trip later, when it was sent again. The window begins with 10
 * packets, doubles in each round trip without loss up to the first loss, and grows by one packet after it; a round trip
 * with a loss halves it (RFC 5681, without its timeouts).
 *
 * @module
 */

import { once } from "node:events";
import { connect, createServer } from "node:net";

/** What waits in a direction before no more is read, in bytes: more than a window of TCP, so that those limit nothing. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** What a packet carries over Ethernet. */
const PACKET_BYTES = 1448;
const WINDOW_FIRST = 10;
const WINDOW_MIN = 2;

/**
 * @typedef {object} Line
 * @property {number} roundTripMs
 * @property {number} loss the share of packets that are lost
 */

/**
 * Leads from a port of its own to another one.
 *
 * @param {number} port
 * @param {Line} line
 * @param {() => number} random numbers from 0 to 1
 * @returns {Promise<{ port: number, stop: () => void }>}
 */
export async function startProxy(port, line, random = Math.random) {
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    near.setNoDelay(true);
    for (const [one, other] of [[near, far], [far, near]]) {
      sockets.add(one);
      one.once("close", () => sockets.delete(one));
      // A connection that breaks takes the other one along.
      one.on("error", () => other.destroy());
      new Direction(one, other, line, random);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** What one side sends to the other. */
class Direction {
  #from;
  #to;
  #line;
  #random;
  /** What has not been sent, and what is on its way with the time when it arrives; `null` is the end. */
  #unsent = [];
  #under = [];
  #waitingBytes = 0;
  #window = WINDOW_FIRST;
  #slowStart = true;
  /** Whether the packets of a round trip are on their way. */
  #inRound = false;
  #timer = null;
  #blocked = false;

  constructor(from, to, line, random) {
    this.#from = from;
    this.#to = to;
    this.#line = line;
    this.#random = random;
    from.on("data", (chunk) => this.#take(chunk));
    from.on("end", () => this.#take(null));
    to.on("drain", () => {
      this.#blocked = false;
      this.#deliver();
    });
  }

  #take(chunk) {
    this.#unsent.push(chunk);
    this.#waitingBytes += chunk?.length ?? 0;
    if (this.#waitingBytes > WAITING_BYTES_MAX) this.#from.pause();
    if (this.#line.loss === 0) this.#send(Infinity, Infinity);
    else if (!this.#inRound) this.#round();
  }

  /** Sends what the window has room for, and goes on a round trip later. */
  #round() {
    this.#inRound = this.#unsent.length > 0;
    if (!this.#inRound) return;
    const { roundTripMs, loss } = this.#line;
    let good = 0;
    while (good < this.#window && this.#random() >= loss) good += 1;
    const sent = this.#send(this.#window * PACKET_BYTES, good * PACKET_BYTES);
    if (sent > good * PACKET_BYTES) {
      this.#slowStart = false;
      this.#window = Math.max(WINDOW_MIN, Math.floor(this.#window / 2));
    } else if (sent === this.#window * PACKET_BYTES) {
      this.#window = this.#slowStart ? this.#window * 2 : this.#window + 1;
    }
    setTimeout(() => this.#round(), roundTripMs);
  }

  /** Sends so many bytes, of which those after the first `inTime` arrive a round trip later; returns how many. */
  #send(bytesMax, inTime) {
    const { roundTripMs } = this.#line;
    const atMs = performance.now() + roundTripMs / 2;
    let sent = 0;
    while (this.#unsent.length > 0 && sent < bytesMax) {
      const [chunk] = this.#unsent;
      const count = Math.min(chunk?.length ?? 0, sent < inTime ? inTime - sent : Infinity, bytesMax - sent);
      if (chunk === null || count === chunk.length) this.#unsent.shift();
      else this.#unsent[0] = chunk.subarray(count);
      this.#under.push({ chunk: chunk?.subarray(0, count) ?? null, atMs: sent < inTime ? atMs : atMs + roundTripMs });
      sent += count;
    }
    this.#deliver();
    return sent;
  }

  /** Hands over what has arrived, as fast as it is taken. */
  #deliver() {
    while (!this.#blocked && this.#under.length > 0 && this.#under[0].atMs <= performance.now()) {
      const { chunk } = this.#under.shift();
      if (chunk === null) {
        this.#to.end();
        continue;
      }
      this.#waitingBytes -= chunk.length;
      this.#blocked = !this.#to.write(chunk);
    }
    if (this.#waitingBytes < WAITING_BYTES_MAX / 2) this.#from.resume();
    if (this.#timer !== null || this.#blocked || this.#under.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#deliver();
    }, Math.max(0, this.#under[0].atMs - performance.now()));
  }
}
