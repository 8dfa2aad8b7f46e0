/**
 * The link between the two nodes of a fault run: everything they say to each other goes through it. It sees when the
 * receiver asks for bytes, lets a number of them pass, holds the next one back and tells that. Of what is encrypted it sees
 * how much the sender says, and can hold back what is more than it is told to let pass.
 *
 * @module
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { bytes, framed, stream, struct, u16 } from "../codec/mod.ts";
import { requestSchema, unified } from "../codec/protocols/warpdrive/mod.ts";
import { Opening } from "../src/host/connect/handshake.ts";
import type { TransferPoint } from "../src/warpdrive/files/mod.ts";

/** What may carry the bytes. */
export const CARRIERS = ["socket", "tls", "libp2p"] as const;
/** One of them. */
export type Carrier = typeof CARRIERS[number];
/** The two nodes. */
export type Role = "sender" | "receiver";

const [PORT] = unified.ports;
const MAGIC_BYTES = 4;
const OpeningFrame = struct({ magic: bytes(MAGIC_BYTES), opening: framed(u16, Opening) });
/** The length before the answer to an opening, and the byte that confirms a download. */
const ANSWER_HEAD_BYTES = 2;
const CONFIRM_BYTES = 1;

/** How many bytes of a chunk may pass, and whether no more may after them. */
interface Passing {
  readonly count: number;
  readonly last: boolean;
}

function all({ length }: Uint8Array): Passing {
  return { count: length, last: false };
}

/** Two doors: the sender's node is behind one, the receiver's behind the other. */
export class Link {
  /** Told when the receiver asks for bytes, before the sender hears it; says how many of them may pass. */
  onRequest: (from: TransferPoint) => number = () => Infinity;
  /** Told when so many have passed, and no other one will. */
  onPassed: () => void = () => {};
  readonly #servers = new Map<Role, Server>();
  readonly #targets = new Map<Role, string>();
  readonly #sockets = new Set<Socket>();
  readonly #carrier: Carrier;
  /** What the sender may still say, where that is not seen. */
  #left = Infinity;

  private constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  /** A link whose doors are open. */
  static async open(carrier: Carrier): Promise<Link> {
    const link = new Link(carrier);
    for (const role of ["sender", "receiver"] as const) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => link.#relay(role, socket));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      link.#servers.set(role, server);
    }
    return link;
  }

  /** Whether it can see what is said: it is not encrypted. */
  get sees(): boolean {
    return this.#carrier === "socket";
  }

  /** Where a node is found by the other one. */
  address(role: Role): string {
    return `${this.#carrier === "tls" ? "tls" : "tcp"}:127.0.0.1:${
      (this.#servers.get(role)!.address() as AddressInfo).port
    }`;
  }

  /** Leads a door to a node that listens somewhere. */
  lead(role: Role, address: string): void {
    this.#targets.set(role, address);
  }

  /** Lets so many bytes of the sender pass, if it does not see requests, and holds all of its connections back then. */
  limit(bytes: number): void {
    this.#left = bytes;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Closes the doors. */
  close(): void {
    this.cut();
    for (const server of this.#servers.values()) server.close();
  }

  #relay(role: Role, caller: Socket): void {
    const port = Number(this.#targets.get(role)?.split(":")[2]);
    const node = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
    const watch = role === "sender" && this.sees ? new DownloadWatch(this) : undefined;
    // Where connections go both ways, the receiver's door carries what the sender says as well.
    const [called, answered] = this.sees ? [all, all] : role === "sender" ? [all, this.#counted] : [this.#counted, all];
    this.#forward(caller, node, (chunk) => {
      watch?.asked(chunk);
      return called(chunk);
    });
    this.#forward(node, caller, (chunk) => watch?.answered(chunk) ?? answered(chunk));
  }

  readonly #counted = ({ length }: Uint8Array): Passing => {
    const count = Math.min(length, this.#left);
    this.#left -= count;
    return { count, last: this.#left === 0 };
  };

  /** Passes on what comes, up to the last byte that may pass. */
  #forward(from: Socket, to: Socket, passing: (chunk: Uint8Array) => Passing): void {
    this.#sockets.add(from);
    let held = false;
    from.on("data", (chunk: Uint8Array) => {
      if (held) return;
      const { count, last } = passing(chunk);
      held = last;
      if (!to.destroyed && count > 0 && !to.write(chunk.subarray(0, count)) || held) from.pause();
      if (held) this.onPassed();
    });
    to.on("drain", () => held || from.resume());
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.end();
    });
  }
}

/**
 * What goes over one connection to the sender: finds the request for a download and counts the bytes that answer it.
 */
class DownloadWatch {
  readonly #link: Link;
  #openings: ReturnType<typeof stream<{ opening: Opening }>> | undefined = stream(OpeningFrame);
  #requests: ReturnType<typeof stream<Record<string, unknown>>> | undefined;
  #answerHead: number[] = [];
  /** Bytes of this connection that are not files. */
  #before = Infinity;
  #seen = 0;
  #passing = Infinity;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Takes what the receiver says. */
  asked(chunk: Uint8Array): void {
    this.#openings?.push(chunk);
    const opened = this.#openings?.pull();
    if (opened != null) {
      this.#openings = undefined;
      if (opened.value.opening.path === PORT.name) this.#requests = stream(requestSchema(PORT));
      return;
    }
    this.#requests?.push(chunk);
    const request = this.#requests?.pull()?.value;
    if (request === undefined) return;
    this.#requests = undefined;
    if (request.command !== "download") return;
    const { index, offset } = request as unknown as TransferPoint;
    this.#passing = this.#link.onRequest({ index, offset });
  }

  /** Takes what the sender answers; returns how much of it may pass. */
  answered(chunk: Uint8Array): Passing {
    for (let i = 0; this.#answerHead.length < ANSWER_HEAD_BYTES && i < chunk.length; i++) {
      this.#answerHead.push(chunk[i]);
      const [high, low] = this.#answerHead;
      if (low !== undefined) this.#before = ANSWER_HEAD_BYTES + 256 * high + low + CONFIRM_BYTES;
    }
    const left = this.#before + this.#passing - this.#seen;
    const count = Math.min(chunk.length, left);
    this.#seen += count;
    return { count, last: count === left };
  }
}
