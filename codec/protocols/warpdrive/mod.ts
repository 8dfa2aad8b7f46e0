/**
 * Warpdrive: file sharing over the astral network, in both of its binary dialects.
 *
 * @module
 */

export * from "./commands.ts";
export * from "./dialects.ts";
export * from "./documents.ts";
export * from "./recording.ts";
export { answerSchemas, dialectSchemas, endsWithDocument, type Request, requestSchema, wirePart } from "./schemas.ts";
export * from "./session-message.ts";
export type { SessionOptions } from "./session-side.ts";
export { SessionDecoder } from "./session.ts";
export * from "./shell.ts";
