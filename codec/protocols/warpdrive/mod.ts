/**
 * Warpdrive: file sharing over the astral network, in both of its binary dialects.
 *
 * @module
 */

export {
  type Command,
  type CommandName,
  type Commands,
  commands,
  type CommandValues,
  EXTENSIONS_VERSION,
  FILTERS,
  type Finish,
  type Part,
  RESULT_CODES,
} from "./commands.ts";

export {
  type Dialect,
  type DialectCommand,
  dialects,
  draft,
  draftDocument,
  type Port,
  SHELL_PORT,
  unified,
} from "./dialects.ts";
export {
  type EntryInfo,
  entryInfo,
  Files,
  FILES_LIMITS,
  Info,
  Kept,
  LeftOut,
  LeftOutItem,
  Offer,
  OFFER_LIMITS,
  Offers,
  OFFERS_LIMITS,
  OfferStatus,
  PathsOffer,
  Peer,
  Peers,
  PeerUpdate,
  SHA256_FORM,
  Summaries,
  Summary,
  Targets,
} from "./documents.ts";
export {
  decodeSession,
  directionBytes,
  messageForm,
  parseRecording,
  portOf,
  type RecordedEvent,
  type RecordedMessage,
  type RecordedSession,
  reencodes,
} from "./recording.ts";
export { answerSchemas, dialectSchemas, endsWithDocument, type Request, requestSchema, wirePart } from "./schemas.ts";
export type { Direction, MessagePart, SessionMessage } from "./session-message.ts";
export type { SessionOptions } from "./session-side.ts";
export { SessionDecoder } from "./session.ts";
export { SHELL_FILTERS, SHELL_GREETING, ShellDecoder } from "./shell.ts";
