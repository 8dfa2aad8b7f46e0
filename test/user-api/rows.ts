/**
 * Every call of the user API with its results and errors, by position, by name under each name, and mixed: the same list
 * for every way in.
 *
 * @module
 */

import * as assert from "uvu/assert";
import { type Call, CALLS } from "../../src/user-api/calls/mod.ts";
import { ERROR_ROWS } from "./rows-errors.ts";
import type { ErrorRow, Named, ResultRow } from "./row.ts";
import { RESULT_ROWS } from "./rows-results.ts";
import type { Scene } from "./scene.ts";

/** An answer to a request. */
export interface Answer {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** Sends a request, and gives its answer. */
export type Ask = (request: object) => Promise<Answer>;

/** Asks every row in every way; returns how many requests there were. */
export async function checkRows(scene: Scene, ask: Ask, { told }: { readonly told: boolean }): Promise<number> {
  let count = 0;
  for (const row of RESULT_ROWS) {
    if (row.told && !told) continue;
    let params = { ...row.params, ...await row.before?.(scene) };
    for (const [index, request] of requestsOf(row, Object.keys(params)).entries()) {
      if (index > 0) params = { ...row.params, ...await row.before?.(scene) };
      const asked = request(params);
      const answer = await ask(asked);
      const shown = `${JSON.stringify(asked).slice(0, 200)} -> ${JSON.stringify(answer).slice(0, 300)}`;
      assert.is(answer.id, "row", shown);
      assert.is(answer.error, undefined, shown);
      assert.ok("result" in answer, shown);
      if (typeof row.result === "function") row.result(answer.result, scene, params);
      else assert.equal(answer.result, row.result, shown);
      await row.after?.(scene);
      count++;
    }
  }
  for (const row of ERROR_ROWS) {
    for (const request of requestsOf(row, Object.keys(row.params))) {
      await row.before?.(scene);
      const asked = request(row.params);
      const { error, id } = await ask(asked);
      const shown = `${JSON.stringify(asked).slice(0, 200)} -> ${JSON.stringify(error).slice(0, 300)}`;
      assert.equal([id, error?.data.name], ["row", row.error], shown);
      if (row.path !== undefined) assert.is(error!.data.path, row.path, shown);
      if (row.reason !== undefined) assert.match(String(error!.data.reason), row.reason, shown);
      assert.not("stack" in error!.data, shown);
      count++;
    }
  }
  return count;
}

/** The calls without a row for a result. */
export function callsWithoutRow(): string[] {
  return CALLS.map(({ name }) => name).filter((name) => !RESULT_ROWS.some(({ call }) => call === name));
}

/** The errors that calls say they have, without a row. */
export function errorsWithoutRow(): string[] {
  return CALLS.flatMap(({ name, errors }) => errors.map((error) => `${name} ${error}`))
    .filter((pair) => !ERROR_ROWS.some(({ call, error }) => `${call} ${error}` === pair));
}

type MakeRequest = (params: Named) => object;

/** All ways to write a call with some parameters, or the first of them. */
function requestsOf({ call: name, slow }: ResultRow | ErrorRow, given: readonly string[]): MakeRequest[] {
  const call = CALLS.find((one) => one.name === name) as Call;
  const last = call.params.findLastIndex((param) => given.includes(param.name));
  const positional = call.params.slice(0, last + 1);
  const list = (params: Named) => positional.map((param) => params[param.name] ?? null);
  const ways: ((params: Named) => unknown)[] = [list];
  const names = Math.max(1, ...call.params.map(({ otherNames }) => 1 + otherNames.length));
  const named = (params: Named, which: number, skip = 0) =>
    Object.fromEntries(
      positional.slice(skip).filter((param) => given.includes(param.name))
        .map((param) => [[param.name, ...param.otherNames][which] ?? param.name, params[param.name]]),
    );
  for (let which = 0; which < names; which++) ways.push((params) => named(params, which));
  ways.push((params) => ({ __args: list(params) }));
  if (positional.length > 1) ways.push((params) => ({ ...named(params, 0, 1), __args: list(params).slice(0, 1) }));
  if (slow) ways.length = 1;
  const methods = slow ? [call.name] : [call.name, ...call.otherNames];
  return methods.flatMap((method) =>
    ways.map((way) => (params: Named) => ({ jsonrpc: "2.0", method, params: way(params), id: "row" }))
  );
}
