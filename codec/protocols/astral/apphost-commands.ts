/**
 * The binary apphost protocol of 2022 and 2023, as tables of commands.
 *
 * A connection is one token (2023), one command, one answer; then it is closed, stays open, or becomes a stream.
 *
 * Source: astrald at commit `6e235622` (June 2023), whose bytes were recorded, and at `dde6e14e` (November 2022).
 *
 * @module
 */

import { array, CodecError, enumOf, optional, type Schema, string, struct, u16, u8 } from "../../mod.ts";
import { identity } from "./identity.ts";

/** The numbers of the result codes. */
export const RESULT_CODES = {
  ok: 0x00,
  rejected: 0x01,
  failed: 0x02,
  timeout: 0x03,
  alreadyRegistered: 0x04,
  unauthorized: 0x10,
  unknownCommand: 0xfd,
  unexpected: 0xff,
} as const;

/** Name of a result code. */
export type ResultCode = keyof typeof RESULT_CODES;

/** A result code, one byte; a number without a name is an `enum` error. */
export const resultCode: Schema<ResultCode> = enumOf(u8, RESULT_CODES);

/** Opens a stream to a service. */
export interface QueryParameters {
  /** Identity of the node asked; zero is the local one. */
  readonly target: string;
  /** Name of the service. */
  readonly query: string;
}

/** Asks for the queries to a service. */
export interface RegisterParameters {
  readonly service: string;
  /** Where the node dials for every query, as in `tcp:127.0.0.1:43695`. */
  readonly target: string;
}

/** Asks whose identity a name is. */
export interface ResolveParameters {
  /** `localnode`, an alias, or 66 hex digits. */
  readonly name: string;
}

/** Asks for a node's name. */
export interface NodeInfoParameters {
  /** Zero is the local node. */
  readonly identity: string;
}

/** Starts a program on the node. */
export interface ExecParameters {
  readonly identity: string;
  readonly path: string;
  readonly args: readonly string[];
  /** Environment, as in `A=B`. */
  readonly env: readonly string[];
}

/** The parameters of every command. */
export interface CommandParameters {
  query: QueryParameters;
  register: RegisterParameters;
  resolve: ResolveParameters;
  nodeInfo: NodeInfoParameters;
  exec: ExecParameters;
}

/** Name of a command, as it is on the wire. */
export type CommandName = keyof CommandParameters;

/** An answer without data. */
export interface ResultAnswer {
  readonly code: ResultCode;
}

/** The answer to `resolve`. */
export interface ResolveAnswer {
  readonly code: ResultCode;
  /** Null unless the code is `ok`. */
  readonly data: { readonly identity: string } | null;
}

/** The answer to `nodeInfo`. */
export interface NodeInfoAnswer {
  readonly code: ResultCode;
  /** Null unless the code is `ok`; in 2022 it is always there. */
  readonly data: { readonly identity: string; readonly name: string } | null;
}

/** The answers to every command, and to one that the node does not know. */
export interface CommandAnswers {
  query: ResultAnswer;
  register: ResultAnswer;
  resolve: ResolveAnswer;
  nodeInfo: NodeInfoAnswer;
  exec: ResultAnswer;
  unknown: ResultAnswer;
}

/** A command as data. */
export interface ApphostCommand<P = unknown, A = unknown> {
  /** What it does, for people. */
  readonly about: string;
  /** What follows the command's name. */
  readonly parameters: Schema<P>;
  /** The result code, then the data. */
  readonly answer: Schema<A>;
  /** The codes that the answer can have. */
  readonly codes: readonly ResultCode[];
  /** What the connection is after the code `ok`; after any other it is closed. */
  readonly afterOk: "stream" | "open" | "closed";
}

/** The commands of a dialect. */
export type ApphostCommands = { readonly [N in CommandName]?: ApphostCommand<CommandParameters[N], CommandAnswers[N]> };

/** A version of the protocol as data. */
export interface ApphostDialect {
  readonly name: string;
  /** Whether a connection begins with a token and its result. */
  readonly hasAuth: boolean;
  readonly commands: ApphostCommands;
  /** What an unknown command is answered with; null when the connection is closed without a byte. */
  readonly unknownCommand: ResultCode | null;
  /** Whether a service is unregistered when the connection that registered it ends. */
  readonly unregistersOnClose: boolean;
  /** How long an app has to answer an inbound query, or null for as long as it likes. */
  readonly inboundAnswerMsMax: number | null;
}

/** The first thing a guest of 2023 sends. */
export interface AuthRequest {
  /** Access token; empty for an anonymous guest. */
  readonly token: string;
}

/** The token of a guest. */
export const authRequest: Schema<AuthRequest> = struct({ token: string(u8) });

/** The answer to the token: `ok`, or `unauthorized` and the connection is closed. */
export const authAnswer: Schema<ResultAnswer> = struct({ code: resultCode });

/** What the node sends to the address of a registered service, on a connection of its own for every query. */
export interface InboundQuery {
  /** Identity of the caller; zero when it is not known. Only the connection proves it. */
  readonly caller: string;
  readonly query: string;
}

/** A query for a registered service. */
export const inboundQuery: Schema<InboundQuery> = struct({ caller: identity, query: string(u8) });

/** An app's answer to an inbound query. */
export interface InboundAnswer {
  /** {@link INBOUND_ACCEPT}, and the connection is the stream; any other byte rejects. */
  readonly code: number;
}

/** The answer to an inbound query. */
export const inboundAnswer: Schema<InboundAnswer> = struct({ code: u8 });

/** The code that accepts an inbound query. */
export const INBOUND_ACCEPT = 0;

/** A code with which an inbound query is rejected. */
export const INBOUND_REJECT = 1;

const resultAnswer: Schema<ResultAnswer> = struct({ code: resultCode });
const nodeInfo = struct({ identity, name: string(u8) });
const strings = array(string(u16), u16);
const ifOk = { field: "code", equals: "ok" } as const;

const query: ApphostCommand<QueryParameters, ResultAnswer> = Object.freeze({
  about: "opens a stream to a service of a node",
  parameters: struct({ target: identity, query: string(u8) }),
  answer: resultAnswer,
  codes: Object.freeze(["ok", "rejected", "timeout", "unauthorized", "unexpected"] as const),
  afterOk: "stream",
});

const register: ApphostCommand<RegisterParameters, ResultAnswer> = Object.freeze({
  about: "asks for the queries to a service",
  parameters: struct({ service: string(u8), target: string(u8) }),
  answer: resultAnswer,
  codes: Object.freeze(["ok", "alreadyRegistered"] as const),
  afterOk: "open",
});

const resolve: ApphostCommand<ResolveParameters, ResolveAnswer> = Object.freeze({
  about: "asks whose identity a name is",
  parameters: struct({ name: string(u8) }),
  answer: struct({ code: resultCode, data: optional(struct({ identity }), ifOk) }),
  codes: Object.freeze(["ok", "failed"] as const),
  afterOk: "closed",
});

/** June 2023: every connection begins with a token. */
export const APPHOST_2023: ApphostDialect = Object.freeze({
  name: "apphost-2023",
  hasAuth: true,
  commands: Object.freeze({
    query,
    register,
    resolve,
    nodeInfo: Object.freeze<ApphostCommand<NodeInfoParameters, NodeInfoAnswer>>({
      about: "asks for the name of a node",
      parameters: struct({ identity }),
      answer: struct({ code: resultCode, data: optional(nodeInfo, ifOk) }),
      codes: Object.freeze(["ok", "failed"] as const),
      afterOk: "closed",
    }),
    exec: Object.freeze<ApphostCommand<ExecParameters, ResultAnswer>>({
      about: "starts a program on the node",
      parameters: struct({ identity, path: string(u8), args: strings, env: strings }),
      answer: resultAnswer,
      codes: Object.freeze(["ok", "failed"] as const),
      afterOk: "closed",
    }),
  }),
  unknownCommand: "unknownCommand",
  unregistersOnClose: true,
  inboundAnswerMsMax: 1000,
});

/**
 * November 2022: no token, no `exec`; a registration outlives its connection, the answer to `nodeInfo` has its data
 * after every code, and an unknown command ends the connection without a byte.
 */
export const APPHOST_2022: ApphostDialect = Object.freeze({
  name: "apphost-2022",
  hasAuth: false,
  commands: Object.freeze({
    query,
    register: Object.freeze({
      ...register,
      codes: Object.freeze(["ok", "failed", "alreadyRegistered"] as const),
      afterOk: "closed",
    }),
    resolve,
    nodeInfo: Object.freeze<ApphostCommand<NodeInfoParameters, NodeInfoAnswer>>({
      about: "asks for the name of a node",
      parameters: struct({ identity }),
      answer: struct({ code: resultCode, data: nodeInfo }),
      codes: Object.freeze(["ok", "failed"] as const),
      afterOk: "closed",
    }),
  }),
  unknownCommand: null,
  unregistersOnClose: false,
  inboundAnswerMsMax: null,
});

/** The names of the commands of a dialect. */
export function commandNames(dialect: ApphostDialect): readonly CommandName[] {
  return Object.keys(dialect.commands) as CommandName[];
}

/**
 * The schema of the answer to a command: the result code, then the command's data.
 *
 * @param name a command, or `unknown` for one that the node does not know
 * @throws CodecError `schema` for a command that the dialect does not have; never for `unknown`
 */
export function answer<N extends keyof CommandAnswers>(
  name: N,
  dialect: ApphostDialect = APPHOST_2023,
): Schema<CommandAnswers[N]> {
  const schema = name === "unknown" ? resultAnswer : dialect.commands[name as CommandName]?.answer;
  if (schema === undefined) throw new CodecError("schema", `Dialect "${dialect.name}" has no command "${name}"`);
  return schema as Schema<CommandAnswers[N]>;
}
