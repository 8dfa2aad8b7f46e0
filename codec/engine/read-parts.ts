/**
 * The parts of a message that traced readers report, and how each is read once more when somebody looks at it.
 *
 * @module
 */

import { CodecError, relocated } from "../error.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { formatPath } from "../path.ts";
import { addShifted, type Cursor, type ExtensionNode, type SpanKind, type SpanRole } from "../schema/mod.ts";
import { readText } from "../text/mod.ts";
import { type Read, startState } from "./decode-state.ts";

type Extension = ExtensionNode["extension"];

/** Bytes that are the value. */
export const BYTES: SpanKind = { role: "value", read: (bytes, start, end) => bytes.subarray(start, end) };

/** Bytes that are text. */
export const TEXT: SpanKind = { role: "value", read: (bytes, start, end) => readText(bytes, start, end) };

/** Texts were held against the limits when they were found. */
const UNLIMITED: Limits = { ...LIMITS, stringBytesMax: Infinity };

/** What a reader reads, and nothing else. */
export function kindOf(role: SpanRole, read: Read): SpanKind {
  return { role, read: (bytes, start, end) => read(startState(bytes, start, end, UNLIMITED), undefined) };
}

/** The traced reader of a value in another language. */
export function extensionRead(extension: Extension): Read {
  const whole: SpanKind = { role: "value", read: (bytes, pos, end) => extension.decode({ bytes, pos, end }) };
  return (s) => {
    const { bytes, pos: start, end, copy, trace } = s;
    const { steps, more, sink } = trace!;
    const cursor = { bytes, pos: start, end, copy, partial: more > 0 };
    const addParts = (end: number) =>
      sink === undefined ? end : addShifted(sink, start, (parts) => {
        try {
          extension.spans?.(bytes.subarray(start, end), parts);
        } catch (error) {
          // What is wrong with the value is found when it is decoded.
          if (!(error instanceof CodecError)) throw error;
        }
      });
    // The value is not needed to find its parts: where these are enough, it is not made.
    const found = sink === undefined ? -1 : endOf(extension, cursor);
    let added = found < 0 ? start : addParts(found);
    try {
      const value = extension.decode(cursor);
      s.pos = cursor.pos;
      if (found < 0) added = addParts(s.pos);
      if (added !== s.pos) sink?.part(s.pos, added === start ? whole : BYTES);
      return value;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      if (found < 0) addParts(end);
      throw relocated(error, formatPath(steps), start);
    }
  };
}

/** Where the value ends that begins at a cursor, or -1 where that is not sure. */
function endOf(extension: Extension, { bytes, pos, end }: Readonly<Cursor>): number {
  if (extension.spans === undefined) return -1;
  try {
    return extension.scanner().push(bytes, pos, end);
  } catch {
    return -1;
  }
}
