/**
 * A query on its way to the program that answers it.
 *
 * @module
 */

import type { WaitOptions } from "../../host/mod.ts";
import type { Connection } from "./connection.ts";
import type { QueryOrigin } from "../events.ts";

/** A query whose caller is known. */
export interface Call {
  readonly origin: QueryOrigin;
  /** Identity of the caller; zero for a guest without a token, if such are allowed. */
  readonly caller: string;
  /** Identity of the target. */
  readonly target: string;
  /** Query string: a name, with parameters after a question mark. */
  readonly query: string;
  /** Whether other nodes may be asked; otherwise only this one. */
  readonly network: boolean;
}

/** Somebody who may answer queries. */
export interface Answerer {
  /**
   * Asks for the stream of a query; `null`, at once or after asking, if the query is left to the next one.
   *
   * @throws HostError `rejected` with the code, `unknown-protocol` if nobody is there any more, `busy`, `timeout`,
   * `aborted`
   */
  ask(call: Call, options: WaitOptions): Promise<Connection | null> | null;
}

/** The name in a query string: what is before the question mark. */
export function nameOf(query: string): string {
  const mark = query.indexOf("?");
  return mark < 0 ? query : query.slice(0, mark);
}
