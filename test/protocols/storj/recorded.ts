/**
 * The recorded datagrams of the original programs.
 *
 * @module
 */

import { fixture } from "../../fixture.ts";

/** A datagram pair, or a raw request with what was sent in answer. */
export interface RecordedCase {
  readonly name: string;
  readonly request?: string;
  /** Null when the program did not answer. */
  readonly response?: string | null;
  readonly extra?: readonly string[];
  readonly sent?: readonly string[];
  readonly len?: number;
  readonly error?: string | null;
}

/** The bits of the key "hello" in a filter, with its sizes. */
export interface RecordedFilter {
  readonly name: string;
  readonly bps: number;
  readonly slices: number;
  readonly bits?: number;
  readonly hashes: readonly number[];
  readonly json?: string;
}

const { cases } = fixture("storj-datagrams-and-filters.json") as { cases: readonly unknown[] };

/** Datagrams of storjnet. */
export const recordedCases: readonly RecordedCase[] = (cases as (RecordedCase & Partial<RecordedFilter>)[])
  .filter((one) => one.hashes === undefined);

/** Filters of pybloom 1.1. */
export const recordedFilters: readonly RecordedFilter[] = (cases as (RecordedCase & RecordedFilter)[])
  .filter((one) => one.hashes !== undefined);

/** Datagrams of storjnode. */
export const recordedRelay: readonly { readonly name: string; readonly length: number; readonly bytes: string }[] =
  (fixture("storj-relay.json") as { cases: { name: string; length: number; bytes: string }[] }).cases;
