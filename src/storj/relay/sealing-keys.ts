/**
 * The keys with which messages are sealed: the own one is published in the hash table, those of others are found there.
 *
 * @module
 */

import { CodecError, formatHex } from "../../../codec/mod.ts";
import { pack, type Packed, unpack } from "../../../codec/msgpack/mod.ts";
import { unpackSigned } from "../../../codec/protocols/storj/mod.ts";
import { HostError, type Timer, type WaitOptions } from "../../host/mod.ts";
import {
  formatAddress,
  IdentityError,
  publishSealingKey,
  readSealingKey,
  type SealingKey,
} from "../../identity/mod.ts";
import { withStorjErrors } from "../error.ts";
import type { Ground } from "../ground.ts";
import { Recent } from "../recent.ts";

/** The name under which a node keeps its sealing key, signed with its identity's key, so that nobody else replaces it. */
const NAME = "sealing key";
/** It never changes: neither does what it is derived from. */
const SEQUENCE = 1;
/** A node that is started for one command only publishes nothing. */
const FIRST_MS = 500;
/** After so long a key that was not there is looked for once more. */
const SECOND_LOOK_MS = 3000;
/** Until there are neighbours; and after it was stored by nobody, with pauses that double from then on. */
const RETRY_MS = 5000;
/** Values live for a week. */
const AGAIN_MS = 24 * 3_600_000;
/** So many keys of others are remembered, for an hour. */
const KEYS_MAX = 256;
const KEY_MS = 3_600_000;

/** Whether a value of the hash table is a sealing key that a node has published. */
export function isSealingKey(value: Packed): boolean {
  return unpackSigned(value)?.name === NAME;
}

/** Sealing keys, the own one and those of others. */
export class SealingKeys {
  readonly #ground: Ground;
  readonly #known: Recent<SealingKey>;
  #timer: Timer | null = null;
  #retryMs = RETRY_MS;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#known = new Recent(ground.host.clock, KEYS_MAX, KEY_MS);
    this.#later(FIRST_MS);
  }

  /**
   * The sealing key of a node, null if it has published none. A node that has just come publishes it soon: so it is looked
   * for twice.
   *
   * @throws StorjError `aborted`, `timeout`, `closed`
   */
  async of(id: Uint8Array, { timeoutMs = Infinity, ...options }: WaitOptions): Promise<SealingKey | null> {
    const { clock } = this.#ground.host;
    const endMs = clock.now() + timeoutMs;
    const limits = () => ({ ...options, timeoutMs: Math.max(0, endMs - clock.now()) });
    const first = await this.#find(id, limits());
    if (first !== null) return first;
    await this.#ground.wait<void>("Looking for a sealing key", limits(), ({ resolve }) => {
      const timer = clock.setTimer(SECOND_LOOK_MS, () => resolve());
      return () => timer.clear();
    });
    return await this.#find(id, limits());
  }

  /** Publishes nothing any more. */
  close(): void {
    this.#timer?.clear();
    this.#timer = null;
  }

  async #find(id: Uint8Array, options: WaitOptions): Promise<SealingKey | null> {
    const name = formatHex(id);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = await withStorjErrors(this.#ground.dht.getSigned(formatAddress(id), NAME, options));
    const key = found === null ? null : keyIn(found.value, id);
    if (key !== null) this.#known.set(name, key);
    return key;
  }

  #later(ms: number): void {
    if (this.#ground.closing.aborted) return;
    this.#timer = this.#ground.host.clock.setTimer(ms, () => void this.#publish());
  }

  async #publish(): Promise<void> {
    const { dht, identity } = this.#ground;
    if (dht.closest(dht.id, 1).length === 0) return this.#later(RETRY_MS);
    try {
      const { stored } = await dht.putSigned(NAME, pack(publishSealingKey(identity)), { sequence: SEQUENCE });
      this.#later(stored > 0 ? AGAIN_MS : this.#retryMs);
      this.#retryMs = stored > 0 ? RETRY_MS : Math.min(2 * this.#retryMs, AGAIN_MS);
    } catch (error) {
      // A hash table without signatures keeps no signed values: then nobody seals messages for this node.
      if (!(error instanceof HostError || error instanceof TypeError)) throw error;
    }
  }
}

function keyIn(packed: Packed, id: Uint8Array): SealingKey | null {
  try {
    const value = unpack(packed);
    return value instanceof Uint8Array ? readSealingKey(value, id) : null;
  } catch (error) {
    if (error instanceof IdentityError || error instanceof CodecError) return null;
    throw error;
  }
}
