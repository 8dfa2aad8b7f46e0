/**
 * Text in the encodings that editors and shells write: UTF-8 and, as PowerShell's `>` does, UTF-16.
 *
 * @module
 */

/** Bytes that are text. */
export interface InputText {
  readonly text: string;
  /** Whether only the look of the bytes says that they are UTF-16: there is no byte order mark. */
  readonly guessed: boolean;
}

/** Fewer bytes than this are not taken for UTF-16 without a byte order mark: a small integer looks alike. */
const GUESSED_BYTES_MIN = 8;

/** Controls that no text has, other than colours. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/;
/** What colours a terminal. */
// deno-lint-ignore no-control-regex
const COLOUR = /\x1b\[[\d;]*m/g;

/** The text that bytes are, without byte order mark and colours; `null` if they are not text. */
export function textOf(bytes: Uint8Array): InputText | null {
  const guess = markedEncoding(bytes) === null ? guessedEncoding(bytes) : null;
  try {
    const decoded = decodeText(bytes, guess ?? undefined);
    const text = decoded.includes("\x1b") ? decoded.replace(COLOUR, "") : decoded;
    return CONTROL.test(text) || text.includes("\x1b") ? null : { text, guessed: guess !== null };
  } catch {
    return null;
  }
}

/**
 * The text of bytes in the encoding of their byte order mark, UTF-8 by default.
 *
 * @throws TypeError if they are not in the encoding
 */
export function decodeText(bytes: Uint8Array, encoding = markedEncoding(bytes) ?? "utf-8"): string {
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}

function markedEncoding([first, second]: Uint8Array): string | null {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : null;
}

function guessedEncoding(bytes: Uint8Array): string | null {
  if (bytes.length < GUESSED_BYTES_MIN || bytes.length % 2 !== 0) return null;
  if (isEvery(bytes, 1)) return "utf-16le";
  return isEvery(bytes, 0) ? "utf-16be" : null;
}

/** Whether every second byte is 0, and no other. */
function isEvery(bytes: Uint8Array, at: 0 | 1): boolean {
  return bytes.every((byte, index) => (byte === 0) === (index % 2 === at));
}
