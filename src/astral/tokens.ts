/**
 * Access tokens: a guest with a token acts as its identity.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { formatHex } from "../../codec/mod.ts";
import { ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import type { Clock, Random } from "../host/mod.ts";

/** The longest token in bytes: one byte holds its length. */
const TOKEN_BYTES_MAX = 255;
/** Random bytes of a token that the service makes. */
const TOKEN_RANDOM_BYTES = 16;
const NS_PER_MS = 1_000_000n;
/** How long tokens hold unless said otherwise, in milliseconds: the ten years that astrald gives. */
const TOKEN_LIFE_MS = 10 * 365 * 24 * 3600 * 1000;

/** A token. */
export interface Token {
  readonly identity: string;
  readonly token: string;
  /** When it ends, in nanoseconds since 1970. */
  readonly expiresAt: bigint;
}

/** What a guest's token is worth: an identity, or `null` if it opens nothing. */
export type Login = string | null;

/** The tokens of a service. Those made while it runs are forgotten when it ends. */
export class Tokens {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tokensMax: number;
  readonly #allowAnonymous: boolean;
  readonly #tokens: { readonly token: Token; readonly hash: Uint8Array }[] = [];

  constructor(parts: {
    readonly clock: Clock;
    readonly random: Random;
    readonly tokensMax: number;
    readonly allowAnonymous: boolean;
  }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#tokensMax = parts.tokensMax;
    this.#allowAnonymous = parts.allowAnonymous;
  }

  /** Whether guests without a token are allowed. */
  get allowAnonymous(): boolean {
    return this.#allowAnonymous;
  }

  /**
   * Adds a token that somebody else made, or makes one.
   *
   * @param lifeMs How long it holds, in milliseconds; default ten years
   * @throws RangeError for a token that is empty or too long, or when there are too many
   */
  add(identity: string, { text = this.#make(), lifeMs = TOKEN_LIFE_MS } = {}): Token {
    const { length } = new TextEncoder().encode(text);
    if (length === 0 || length > TOKEN_BYTES_MAX) {
      throw new RangeError(`Cannot use a token of ${length} bytes: it has 1 to ${TOKEN_BYTES_MAX}`);
    }
    if (this.#tokens.length >= this.#tokensMax) throw new RangeError(`Cannot add a token: ${this.#tokensMax} exist`);
    const expiresAt = BigInt(Math.floor(this.#clock.now() + lifeMs)) * NS_PER_MS;
    const token = Object.freeze({ identity, token: text, expiresAt });
    this.#tokens.push({ token, hash: hashOf(text) });
    return token;
  }

  /** How many there are, those that are over among them. */
  get count(): number {
    return this.#tokens.length;
  }

  /** The tokens that hold, by default those of everybody. */
  list(identity?: string): readonly Token[] {
    const nowNs = this.#nowNs();
    const held = this.#tokens.map(({ token }) => token).filter(({ expiresAt }) => expiresAt > nowNs);
    return identity === undefined ? held : held.filter((token) => token.identity === identity);
  }

  /**
   * Who a guest with this token is; anonymous for an empty one, where that is allowed. The time that it takes reveals
   * nothing about the tokens: all hashes are compared, to their ends. Unlike astrald, it checks whether a token expired.
   */
  login(text: string): Login {
    const hash = hashOf(text);
    const nowNs = this.#nowNs();
    let found: Login = null;
    for (const { token, hash: known } of this.#tokens) {
      if (timingSafeEqual(hash, known) && token.expiresAt > nowNs) found = token.identity;
    }
    return found === null && text === "" && this.#allowAnonymous ? ZERO_IDENTITY : found;
  }

  #nowNs(): bigint {
    return BigInt(Math.floor(this.#clock.now())) * NS_PER_MS;
  }

  #make(): string {
    return formatHex(this.#random.bytes(TOKEN_RANDOM_BYTES));
  }
}

function hashOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
