/**
 * The names of identities: this node's alias, and those of its contacts.
 *
 * @module
 */

import { ANYONE, isIdentity, parseIdentity, shortIdentity, ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";

/** The name under which every node knows itself. */
export const LOCAL_NODE = "localnode";
/** The longest name in bytes: one byte holds its length. */
export const NAME_BYTES_MAX = 255;

/** How many names programs may add to. */
const CONTACTS_MAX = 4096;

const UTF8 = new TextEncoder();

/** A book of names that may change while it is used. */
export interface Contacts {
  /** Identities in hex of everybody in the book. */
  identities(): Iterable<string>;
  /** The identity that a name means; `null` for none, or for more than one. */
  identityOf(name: string): string | null;
  /** What an identity is called; empty for nothing. */
  nameOf(identity: string): string;
  /** Gives an identity a name that nobody has, or takes its name away if it is empty; missing if names cannot change. */
  setName?(identity: string, name: string): void | Promise<void>;
}

/** Who is called what. */
export class Names {
  /** The node's own identity. */
  readonly identity: string;
  /** The node's own alias; may be empty. */
  readonly alias: string;
  readonly #contacts: Contacts;

  /**
   * @param contacts Identities in hex by their aliases, or a book of them
   * @throws RangeError for a name that is too long; CodecError `syntax` for an identity that is none
   */
  constructor(identity: string, alias: string, contacts: Readonly<Record<string, string>> | Contacts) {
    checkName(alias);
    this.identity = parseIdentity(identity, { strict: true });
    this.alias = alias;
    this.#contacts = isBook(contacts) ? contacts : fixedContacts(contacts);
  }

  /** Identities of the contacts. */
  get contacts(): readonly string[] {
    return [...this.#contacts.identities()].filter((text) => isIdentity(text));
  }

  /** The identity that a name means: `localnode`, an alias, or 66 hex digits; `null` if it means nobody. */
  resolve(name: string): string | null {
    if (name === LOCAL_NODE || (name !== "" && name === this.alias)) return this.identity;
    const contact = this.#contacts.identityOf(name);
    if (contact !== null && isIdentity(contact)) return contact;
    const hex = name.toLowerCase();
    return isIdentity(hex) && hex !== ZERO_IDENTITY ? hex : null;
  }

  /** The alias of an identity; empty for none. */
  aliasOf(identity: string): string {
    return identity === this.identity ? this.alias : this.#contacts.nameOf(identity);
  }

  /** What an identity is called: its alias, or its first and last digits. */
  display(identity: string): string {
    const alias = this.aliasOf(identity);
    return alias === "" ? shortIdentity(identity) : alias;
  }

  /**
   * Gives a contact a name, or takes it away if it is empty. A name must not mean somebody already: programs that know
   * it would talk to somebody else.
   *
   * @returns why it cannot be; `null` if it is done
   */
  async setAlias(identity: string, alias: string): Promise<string | null> {
    if (identity === this.identity) return "the name of the node is set where it is started";
    if (this.#contacts.setName === undefined) return "names cannot be changed";
    if (alias === this.aliasOf(identity)) return null;
    if (UTF8.encode(alias).length > NAME_BYTES_MAX) return `names have at most ${NAME_BYTES_MAX} bytes`;
    const isTaken = alias === ANYONE || alias === LOCAL_NODE || /^[0-9a-f]{66}$/i.test(alias) ||
      (alias !== "" && this.resolve(alias) !== null);
    if (isTaken) return `the name is taken: ${alias}`;
    try {
      await this.#contacts.setName(identity, alias);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : "names cannot be changed";
    }
  }
}

function isBook(contacts: Readonly<Record<string, string>> | Contacts): contacts is Contacts {
  return typeof contacts.identityOf === "function";
}

/** @throws RangeError for a name that is too long; CodecError `syntax` for an identity that is none */
function fixedContacts(contacts: Readonly<Record<string, string>>): Contacts {
  const entries = Object.entries(contacts).map(([name, text]) => {
    checkName(name);
    return [name, parseIdentity(text, { strict: true })] as const;
  });
  const identities = new Map(entries);
  const aliases = new Map(entries.map(([name, contact]) => [contact, name]));
  return {
    identities: () => aliases.keys(),
    identityOf: (name) => identities.get(name) ?? null,
    nameOf: (identity) => aliases.get(identity) ?? "",
    setName(identity, name) {
      for (const [old, whose] of identities) if (whose === identity) identities.delete(old);
      aliases.delete(identity);
      if (name === "") return;
      if (aliases.size >= CONTACTS_MAX) throw new RangeError("there are too many names");
      identities.set(name, identity);
      aliases.set(identity, name);
    },
  };
}

function checkName(name: string): void {
  const { length } = UTF8.encode(name);
  if (length > NAME_BYTES_MAX) {
    throw new RangeError(`Cannot use an alias of ${length} bytes: at most ${NAME_BYTES_MAX}`);
  }
}
