/**
 * Contacts and ids for tests.
 *
 * @module
 */

import { Contact } from "../../src/kademlia/contact.ts";
import { networkOf } from "../../src/kademlia/diversity.ts";

/** 20 bytes that begin with the given ones; the rest is the filler. */
export function idOf(beginning: readonly number[], filler = 0): Uint8Array {
  const id = new Uint8Array(20).fill(filler);
  id.set(beginning);
  return id;
}

/** A contact with an id and an address. */
export function contactOf(id: Uint8Array, ip: string, port = 4653): Contact {
  const network = networkOf(ip);
  if (network === null) throw new RangeError(`Cannot make a contact at "${ip}"`);
  return new Contact(id, ip, port, network);
}

/** The distance of two ids, worked out with whole numbers of any length. */
export function distanceOf(a: Uint8Array, b: Uint8Array): bigint {
  let distance = 0n;
  for (let at = 0; at < a.length; at++) distance = (distance << 8n) | BigInt(a[at] ^ b[at]);
  return distance;
}

/** The contacts sorted by their distance from a target, worked out as plainly as can be. */
export function sortedByDistance(target: Uint8Array, contacts: readonly Contact[]): Contact[] {
  const keyed = contacts.map((contact) => ({ contact, distance: distanceOf(contact.id, target) }));
  keyed.sort((a, b) => a.distance < b.distance ? -1 : a.distance > b.distance ? 1 : 0);
  return keyed.map(({ contact }) => contact);
}
