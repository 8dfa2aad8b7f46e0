/**
 * What the rows of calls are that every way into the user API is tested with.
 *
 * @module
 */

import type { Scene } from "./scene.ts";

/** Named parameters, by the first names. */
export type Named = Readonly<Record<string, unknown>>;

/** A call that has a result. */
export interface ResultRow {
  readonly call: string;
  /** What has to be so before; gives the parameters, if they depend on it. */
  readonly before?: (scene: Scene) => Promise<Named | void> | Named | void;
  readonly params?: Named;
  /** The result, or what looks at it. */
  readonly result: unknown;
  readonly after?: (scene: Scene) => Promise<void> | void;
  /** Whether it can only be called where something can be told to the client. */
  readonly told?: boolean;
  /** Whether it takes seconds: it is asked by position only. */
  readonly slow?: boolean;
}

/** A call that is answered with an error. */
export interface ErrorRow {
  readonly call: string;
  readonly before?: (scene: Scene) => Promise<Named | void> | Named | void;
  readonly params: Named;
  readonly error: string;
  /** What the error says of the parameter. */
  readonly path?: string;
  readonly reason?: RegExp;
  /** See {@link ResultRow.slow}. */
  readonly slow?: boolean;
}
