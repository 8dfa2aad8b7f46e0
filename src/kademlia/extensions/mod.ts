/**
 * What nodes of ours do for each other beyond what the originals do: they say what they can, tell the age of values,
 * prove their ids, and keep signed values from being overwritten.
 *
 * @module
 */

export { Extensions, type Introduced, saidBy } from "./extensions.ts";
export type { Signatures, Signer } from "./signatures.ts";
export { type FoundSigned, readSigned } from "./signed-reader.ts";
export { signedAdmission } from "./signed-values.ts";
