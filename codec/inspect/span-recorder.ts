/**
 * Records the parts of a message in few bytes each: the end, the kind and the path.
 *
 * @module
 */

import { formatPath, type PathStep } from "../path.ts";
import type { Span, SpanKind, SpanSink } from "../schema/mod.ts";

/** What is thrown when there are as many parts as were asked for. */
export const ENOUGH: unique symbol = Symbol("enough parts");

/** The largest offset and the largest number that a column holds. */
const NUMBER_MAX = 0xffffffff;
/** From here on the number of a step does not count elements but names; then parts whose value is the name. */
const NAMES = 2 ** 30;
const NAMED_BY_PART = 2 ** 31;
const ROOT = 0;
const UNKNOWN = -1;

/**
 * Keeps the parts of one message: 12 bytes for each, and 8 for each element, key or struct on the way to one. Paths and
 * values are made from the message when somebody looks at them.
 */
export class SpanRecorder implements SpanSink {
  readonly #bytes: Uint8Array;
  readonly #countMax: number;
  readonly #ends = new Column();
  readonly #places = new Column();
  readonly #kindNumbers = new Column();
  /** For each place its last step, and the place above it; the message itself comes first. */
  readonly #placeSteps = new Column();
  readonly #placesAbove = new Column();
  readonly #kinds: { readonly kind: SpanKind; readonly name: string | undefined }[] = [];
  readonly #numbersOfKinds = new Map<SpanKind, Map<string | undefined, number>>();
  readonly #names: string[] = [];
  readonly #numbersOfNames = new Map<string, number>();
  /** The way to the present place: steps, and the places that they were given so far. */
  readonly #steps: PathStep[] = [];
  readonly #stepPlaces: number[] = [];

  /** @throws RangeError for bytes whose offsets do not fit into 32 bits */
  constructor(bytes: Uint8Array, countMax: number) {
    if (bytes.length > NUMBER_MAX) throw new RangeError(`Cannot inspect more than ${NUMBER_MAX} bytes`);
    this.#bytes = bytes;
    this.#countMax = countMax;
    this.#placeSteps.push(0);
    this.#placesAbove.push(ROOT);
  }

  /** How many parts there are. */
  get length(): number {
    return this.#ends.length;
  }

  /** Where the last part ends. */
  get end(): number {
    return this.length === 0 ? 0 : this.#ends.get(this.length - 1);
  }

  enter(step: PathStep): void {
    this.#steps.push(step);
    this.#stepPlaces.push(UNKNOWN);
  }

  enterNext(): void {
    this.enter("");
    const above = this.#placeAt(this.#steps.length - 1);
    this.#stepPlaces[this.#stepPlaces.length - 1] = this.#newPlace(above, NAMED_BY_PART + this.length);
  }

  leave(): void {
    this.#steps.pop();
    this.#stepPlaces.pop();
  }

  part(end: number, kind: SpanKind): void {
    if (this.length >= this.#countMax) throw ENOUGH;
    // A name of the schema belongs to the kind, so that fields need no place of their own.
    const depth = this.#steps.length;
    const last = depth > 0 && this.#stepPlaces[depth - 1] === UNKNOWN ? this.#steps[depth - 1] : undefined;
    const name = typeof last === "string" ? last : undefined;
    this.#places.push(this.#placeAt(name === undefined ? depth : depth - 1));
    this.#kindNumbers.push(this.#numberOfKind(kind, name));
    this.#ends.push(end);
  }

  /** The part with a number from 0. */
  span(index: number): Span {
    const start = index === 0 ? 0 : this.#ends.get(index - 1);
    const end = this.#ends.get(index);
    const { kind } = this.#kinds[this.#kindNumbers.get(index)];
    return { path: this.#path(index), start, end, role: kind.role, value: kind.read(this.#bytes, start, end) };
  }

  #path(index: number): string {
    const { name } = this.#kinds[this.#kindNumbers.get(index)];
    const steps: PathStep[] = name === undefined ? [] : [name];
    for (let place = this.#places.get(index); place !== ROOT; place = this.#placesAbove.get(place)) {
      steps.push(this.#stepOf(this.#placeSteps.get(place)));
    }
    return formatPath(steps.reverse());
  }

  #stepOf(number: number): PathStep {
    if (number < NAMES) return number;
    return number < NAMED_BY_PART ? this.#names[number - NAMES] : String(this.#valueOf(number - NAMED_BY_PART));
  }

  #valueOf(index: number): unknown {
    // An input may end before the key does.
    if (index >= this.length) return "";
    const start = index === 0 ? 0 : this.#ends.get(index - 1);
    return this.#kinds[this.#kindNumbers.get(index)].kind.read(this.#bytes, start, this.#ends.get(index));
  }

  /** The place after so many steps. */
  #placeAt(depth: number): number {
    if (depth === 0) return ROOT;
    const known = this.#stepPlaces[depth - 1];
    if (known !== UNKNOWN) return known;
    const step = this.#steps[depth - 1];
    const above = this.#placeAt(depth - 1);
    return this.#stepPlaces[depth - 1] = this.#newPlace(
      above,
      typeof step === "number" ? step : this.#nameNumber(step),
    );
  }

  #newPlace(above: number, step: number): number {
    this.#placesAbove.push(above);
    this.#placeSteps.push(step);
    return this.#placeSteps.length - 1;
  }

  #nameNumber(name: string): number {
    let number = this.#numbersOfNames.get(name);
    if (number === undefined) {
      number = NAMES + this.#names.push(name) - 1;
      this.#numbersOfNames.set(name, number);
    }
    return number;
  }

  #numberOfKind(kind: SpanKind, name: string | undefined): number {
    let numbers = this.#numbersOfKinds.get(kind);
    if (numbers === undefined) this.#numbersOfKinds.set(kind, numbers = new Map());
    let number = numbers.get(name);
    if (number === undefined) numbers.set(name, number = this.#kinds.push({ kind, name }) - 1);
    return number;
  }
}

const BLOCK_BITS = 16;
const BLOCK_LENGTH = 2 ** BLOCK_BITS;
const FIRST_LENGTH = 32;

/** Whole numbers below 2^32 one after the other, 4 bytes each; growing leaves what is there where it is. */
class Column {
  readonly #blocks: Uint32Array[] = [new Uint32Array(FIRST_LENGTH)];
  #last = this.#blocks[0];
  /** How many there are. */
  length = 0;

  /** Adds a number. */
  push(value: number): void {
    const at = this.length++ & (BLOCK_LENGTH - 1);
    if (at === 0 && this.length > 1) this.#blocks.push(this.#last = new Uint32Array(BLOCK_LENGTH));
    else if (at === this.#last.length) this.#widen();
    this.#last[at] = value;
  }

  /** The number that was added after `index` others. */
  get(index: number): number {
    return this.#blocks[index >>> BLOCK_BITS][index & (BLOCK_LENGTH - 1)];
  }

  /** Only the first block begins small. */
  #widen(): void {
    const wider = new Uint32Array(Math.min(BLOCK_LENGTH, 4 * this.#last.length));
    wider.set(this.#last);
    this.#blocks[this.#blocks.length - 1] = this.#last = wider;
  }
}
