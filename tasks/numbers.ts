/**
 * Numbers among the options of a task.
 *
 * @module
 */

/** Texts of options by name. */
export type NumberTexts = Readonly<Record<string, string | boolean | undefined>>;

/**
 * An option that is a whole number.
 *
 * @throws TypeError for another text
 */
export function wholeOf(options: NumberTexts, name: string, otherwise: number): number {
  const text = options[name];
  if (text === undefined) return otherwise;
  if (typeof text === "string" && /^\d{1,10}$/.test(text)) return Number(text);
  throw new TypeError(`Cannot use "${text}" as --${name}: it is not a whole number`);
}

/**
 * An option that is a share from 0 to 1.
 *
 * @throws TypeError for another text
 */
export function shareOption(options: NumberTexts, name: string, otherwise: number): number {
  const text = options[name];
  if (text === undefined) return otherwise;
  if (typeof text === "string" && /^(0?\.\d+|0|1|1\.0+)$/.test(text)) return Number(text);
  throw new TypeError(`Cannot use "${text}" as --${name}: it is not a share from 0 to 1`);
}
