/**
 * The distributed hash table of the storj nodes: who is near which key, and what is kept there.
 *
 * @module
 */

export { type Contact, ContactCache, sameContact } from "./contact.ts";
export { DIVERSITY, type DiversityLimits } from "./diversity.ts";
