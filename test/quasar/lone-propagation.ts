/**
 * One node that only tells and is told filters: the test is its neighbours, and sees each datagram.
 *
 * @module
 */

import type { Capability } from "../../codec/protocols/storj/mod.ts";
import type { Neighbour, Overlay, QuasarEvent } from "../../src/quasar/api.ts";
import { Propagation, type PropagationParts } from "../../src/quasar/propagation.ts";
import type { CallOptions, RpcLimits } from "../../src/rpc/mod.ts";
import { addressOf, idOf, type Sent, WireNode } from "./wire-node.ts";

/** Options of {@link LonePropagation}. */
export interface LonePropagationOptions extends Partial<Omit<PropagationParts, "rpc" | "overlay">> {
  /** The bytes of those that it chooses, and what each can. */
  readonly chosen?: Readonly<Record<number, readonly Capability[]>>;
  readonly call?: CallOptions;
  readonly rpcLimits?: Partial<RpcLimits>;
}

/** The node, whose id is bb twenty times. */
export class LonePropagation extends WireNode {
  readonly propagation: Propagation;
  readonly events: QuasarEvent[] = [];
  readonly refused: Neighbour[] = [];
  readonly introduced: Neighbour[] = [];
  #listener = () => {};
  #chosen: Readonly<Record<number, readonly Capability[]>>;

  constructor({ chosen = {}, call = {}, rpcLimits, ...options }: LonePropagationOptions = {}) {
    super(rpcLimits);
    this.#chosen = chosen;
    const { clock, random } = this.host;
    const overlay: Overlay = {
      id: idOf(0xbb),
      neighbours: () =>
        Object.keys(this.#chosen).map((byte) => ({ id: idOf(Number(byte)), address: addressOf(Number(byte)) })),
      onChange: (run) => {
        this.#listener = run;
        return { [Symbol.dispose]: () => void (this.#listener = () => {}) };
      },
      introduce: (neighbour, settle) => {
        this.introduced.push(neighbour);
        settle(this.#chosen[neighbour.id[0]] ?? [], call);
        return () => {};
      },
      refused: (neighbour) => void this.refused.push(neighbour),
      seen: () => {},
    };
    const onEvent = (event: QuasarEvent) => void this.events.push(event);
    this.propagation = new Propagation({ overlay, rpc: this.rpc, clock, random, onEvent, ...options });
  }

  /** Has it choose others. */
  choose(chosen: Readonly<Record<number, readonly Capability[]>>): void {
    this.#chosen = chosen;
    this.#listener();
  }

  /** Lets time pass, answers old updates as originals do, and returns all that was sent. */
  told(ms = 2000): Sent[] {
    this.pass(ms);
    const sent = this.sent();
    for (const one of sent) {
      if (one.rpc === "quasar_update") this.answer(one, false);
      if (one.rpc === "ping") this.answer(one, idOf(1));
    }
    return sent;
  }
}
