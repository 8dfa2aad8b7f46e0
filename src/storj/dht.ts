/**
 * The hash table of a node as its users see it.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { equalBytes } from "../bytes.ts";
import type { Packed } from "../../codec/msgpack/mod.ts";
import type { WaitOptions } from "../host/mod.ts";
import { VALUE_LIMITS } from "../kademlia/mod.ts";
import type { At, DhtKeyLike, GetOptions, Given, NodeIdLike, PeerAddress, ValueLike, ValueOptions } from "./api.ts";
import { withStorjErrors } from "./error.ts";
import type { Ground } from "./ground.ts";
import { keyDigest, nodeIdOf } from "./ids.ts";
import { askWhere, mostFrequent } from "./public-address.ts";
import { packedValue, valueOf, withTexts } from "./values.ts";

/** A key and a value as they are stored. */
export interface DhtEntry {
  /** The digest of the key, 20 bytes. */
  readonly key: Uint8Array;
  readonly value: Packed;
}

/**
 * A key and a value as they are stored.
 *
 * @throws StorjError `invalid-message`, `too-large`
 */
export function entryOf(key: DhtKeyLike, value: ValueLike): DhtEntry {
  return { key: keyDigest(key), value: packedValue("a value", value, VALUE_LIMITS.valueBytesMax) };
}

/** The hash table of a node. */
export class Dht {
  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Whether somebody stored it. */
  async put({ key, value }: DhtEntry, options: WaitOptions = {}): Promise<boolean> {
    const { stored } = await withStorjErrors(this.#ground.dht.put(key, value, options));
    return stored > 0;
  }

  /** See `StorjNode.dhtGet`. */
  async get<O extends GetOptions & ValueOptions>(key: DhtKeyLike, given?: O): Promise<Given<O> | null> {
    const { text = false, packed = false, ...options }: GetOptions & ValueOptions = given ?? {};
    const found = await withStorjErrors(this.#ground.dht.get(keyDigest(key), options));
    if (found === null) return null;
    if (packed) return found.value as Given<O>;
    const value = valueOf(found.value);
    return (text ? withTexts(value) : value) as Given<O>;
  }

  /** See `StorjNode.dhtFind`. */
  async find(id: NodeIdLike, options: WaitOptions = {}): Promise<At | null> {
    const wanted = nodeIdOf(id);
    if (equalBytes(wanted, this.#ground.dht.id)) return await this.stun(options);
    const contact = await this.#ground.find(wanted, options);
    return contact === null ? null : { ip: contact.ip, port: contact.port };
  }

  /** See `StorjNode.dhtStun`. */
  async stun(options?: WaitOptions): Promise<At | null> {
    return mostFrequent(await askWhere(this.#ground, options))?.at ?? null;
  }

  /** See `StorjNode.peers`. */
  peers(): PeerAddress[] {
    const { dht } = this.#ground;
    return dht.closest(dht.id).map(({ id, ip, port }) => ({ nodeId: formatHex(id), ip, port }));
  }
}
