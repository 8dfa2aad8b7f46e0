/**
 * The names of identities: this node's alias, and those of its contacts.
 *
 * @module
 */

import { isIdentity, parseIdentity, shortIdentity, ZERO_IDENTITY } from "../../codec/protocols/astral/identity.ts";

/** The name under which every node knows itself. */
export const LOCAL_NODE = "localnode";
/** The longest name in bytes: one byte holds its length. */
export const NAME_BYTES_MAX = 255;

const UTF8 = new TextEncoder();

/** Who is called what. */
export class Names {
  /** The node's own identity. */
  readonly identity: string;
  /** The node's own alias; may be empty. */
  readonly alias: string;
  readonly #contacts: ReadonlyMap<string, string>;
  readonly #aliases: ReadonlyMap<string, string>;

  /**
   * @param contacts Identities in hex by their aliases
   * @throws RangeError for a name that is too long; CodecError `syntax` for an identity that is none
   */
  constructor(identity: string, alias: string, contacts: Readonly<Record<string, string>>) {
    checkName(alias);
    this.identity = parseIdentity(identity, { strict: true });
    this.alias = alias;
    const entries = Object.entries(contacts).map(([name, text]) => {
      checkName(name);
      return [name, parseIdentity(text, { strict: true })] as const;
    });
    this.#contacts = new Map(entries);
    this.#aliases = new Map(entries.map(([name, contact]) => [contact, name]));
  }

  /** Identities of the contacts. */
  get contacts(): readonly string[] {
    return [...this.#aliases.keys()];
  }

  /** The identity that a name means: `localnode`, an alias, or 66 hex digits; `null` if it means nobody. */
  resolve(name: string): string | null {
    if (name === LOCAL_NODE || (name !== "" && name === this.alias)) return this.identity;
    const contact = this.#contacts.get(name);
    if (contact !== undefined) return contact;
    const hex = name.toLowerCase();
    return isIdentity(hex) && hex !== ZERO_IDENTITY ? hex : null;
  }

  /** What an identity is called: its alias, or its first and last digits. */
  display(identity: string): string {
    const alias = identity === this.identity ? this.alias : this.#aliases.get(identity) ?? "";
    return alias === "" ? shortIdentity(identity) : alias;
  }
}

function checkName(name: string): void {
  const { length } = UTF8.encode(name);
  if (length > NAME_BYTES_MAX) {
    throw new RangeError(`Cannot use an alias of ${length} bytes: at most ${NAME_BYTES_MAX}`);
  }
}
