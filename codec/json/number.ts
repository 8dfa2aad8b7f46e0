/**
 * JSON values whose numbers stay as they are written.
 *
 * @module
 */

/** A number as it is written. */
export class JsonNumber {
  readonly text: string;
  /** Whether it is written without point and exponent: `5` and `5.0` are different numbers for many languages. */
  readonly isInteger: boolean;

  /** @param text A number as JSON writes it; it is not checked */
  constructor(text: string, isInteger: boolean = !/[.eE]/.test(text)) {
    this.text = text;
    this.isInteger = isInteger;
  }

  /** The nearest float64, which may be infinite. */
  valueOf(): number {
    return Number(this.text);
  }
}

/** A JSON value as it is written. Objects have no prototype, so that no key can reach one. */
export type ExactJson = null | boolean | string | JsonNumber | ExactJson[] | { [key: string]: ExactJson };
