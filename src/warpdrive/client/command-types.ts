/**
 * The TypeScript types of the commands in the protocol's table.
 *
 * @module
 */

import type { Schema } from "../../../codec/mod.ts";
import type { CommandName, commands } from "../../../codec/protocols/warpdrive/mod.ts";

/** The table itself. */
type Table = typeof commands;
type ValueOf<S> = S extends Schema<infer T> ? T : never;

/** The arguments of a command. */
export type ArgsOf<N extends CommandName> = ValueOf<Table[N]["args"]>;
/** The answer to a command. */
export type ReplyOf<N extends CommandName> = Table[N] extends { readonly reply: infer S } ? ValueOf<S> : never;
/** What a command reports again and again. */
export type EventOf<N extends CommandName> = Table[N] extends { readonly events: infer S } ? ValueOf<S> : never;

/** Commands with an answer. */
export type CallName = { [N in CommandName]: Table[N] extends { readonly reply: unknown } ? N : never }[CommandName];
/** Commands that report. */
export type ListenName = { [N in CommandName]: Table[N] extends { readonly events: unknown } ? N : never }[CommandName];
