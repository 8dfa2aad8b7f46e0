/**
 * Names as Kaitai Struct wants them: small letters, digits and underscores.
 *
 * @module
 */

/** A name in small letters with underscores, as in `offer_id` for `offerId`; `fallback` when no letter is left of it. */
export function snakeCase(name: string, fallback: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase()
    .replace(/^_+|_+$/g, "");
  if (words === "") return fallback;
  return /^[0-9]/.test(words) ? `${fallback}_${words}` : words;
}

/** Names of which no two are the same, in whatever style a target language writes them. */
export class Names {
  readonly #taken = new Set<string>();

  /** A name like the wanted one that was not given before. */
  take(wanted: string, fallback: string): string {
    const name = snakeCase(wanted, fallback);
    for (let count = 1;; count++) {
      const candidate = count === 1 ? name : `${name}_${count}`;
      // Many target languages drop the underscores: there `a_1` and `a1` are one name.
      const bare = candidate.replaceAll("_", "");
      if (this.#taken.has(bare)) continue;
      this.#taken.add(bare);
      return candidate;
    }
  }
}
