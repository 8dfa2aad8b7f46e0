/**
 * Makes declarations say which library they need: `AsyncDisposable` and `Symbol.asyncDispose` are in none
 * of the libraries that users name by a year. Sources cannot say it, because JSR forbids the directive.
 *
 * @module
 */

const DIRECTIVE = '/// <reference lib="esnext.disposable" />\n';

/** A declaration file with the directive, if it needs one and has none. */
export function withLibrary(text: string): string {
  const needsIt = /\b(Async)?Disposable\b|\[Symbol\.(asyncD|d)ispose\]/.test(text);
  return needsIt && !text.startsWith(DIRECTIVE) ? DIRECTIVE + text : text;
}
