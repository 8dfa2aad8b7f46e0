/**
 * What the lists of faults are made of.
 *
 * @module
 */

/** One change of compiled code. */
export interface Mutant {
  /** What goes wrong with it. */
  name: string;
  /** The source, by its path from the root; the change is made in what the compiler makes of it. */
  file: string;
  /** Text of the compiled file that is there exactly once, and what takes its place. */
  from: string;
  to: string;
  /** The test files that should notice: parts of their paths. */
  tests: readonly string[];
}

/** A fault in some file: its name, the text, what takes its place, and the tests unless they are those of the group. */
export type Row = readonly [name: string, file: string, from: string, to: string, tests?: readonly string[]];

/** The faults of the files of a folder. */
export function group(folder: string, tests: readonly string[], rows: readonly Row[]): Mutant[] {
  return rows.map(([name, file, from, to, own]) => ({
    name,
    file: `${folder}/${file}.ts`,
    from,
    to,
    tests: own ?? tests,
  }));
}
