/**
 * The subjects of fuzzing: schemas, languages, protocols.
 *
 * @module
 */

export { astralDialogues, astralObjectJson, astralQueries } from "./astral.ts";
export { cslqPatterns } from "./cslq.ts";
export { jsonDocuments } from "./json.ts";
export { msgpackValues } from "./msgpack.ts";
export { byteQueue } from "./queue.ts";
export { storjDatagrams, storjEnvelopes, storjFilters, storjSignedValues } from "./storj.ts";
export { generatedSubject, schemaInputs, schemaSubject, type Subject } from "./subject.ts";
export { warpdriveSessions } from "./warpdrive.ts";
