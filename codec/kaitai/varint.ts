/**
 * Variable-length integers in Kaitai Struct.
 *
 * @module
 */

import { KaitaiType } from "./type.ts";
import { VARINT_BYTES_MAX } from "../schema/mod.ts";

/** What the last of eight bytes may say: seven times seven bits come before it, and four more make 53. */
const LAST_BYTE_MAX = 0x0f;

/** LEB128 in its shortest form, up to 2^53-1, as a type whose number is its instance `value`. */
export function varintType(): KaitaiType {
  const type = new KaitaiType();
  const ids: string[] = [];
  const addByte = (index: number) => {
    // A zero behind other bytes would say nothing: the form is not the shortest one.
    const max = index === VARINT_BYTES_MAX - 1 ? LAST_BYTE_MAX : undefined;
    ids.push(type.add(`byte_${index}`, { type: "u1", valid: index === 0 ? undefined : { min: 1, max } }));
  };
  const addRest = (index: number) => {
    addByte(index);
    if (index + 1 < VARINT_BYTES_MAX) type.when(`${ids[index]} >= 128`, () => addRest(index + 1));
  };
  addRest(0);
  type.addInstance("value", { value: `(${valueOf(ids)}).as<u8>` });
  return type;
}

/** The bytes' lower seven bits one after another, as far as there are any. */
function valueOf(ids: readonly string[]): string {
  const [first, ...others] = ids;
  if (others.length === 0) return first;
  return `${first} % 128 + (${first} < 128 ? 0 : 128 * (${valueOf(others)}).as<u8>)`;
}
