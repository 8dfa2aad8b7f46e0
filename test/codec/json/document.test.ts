/**
 * JSON documents as parts of messages: where numbers end, which have no last byte of their own.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { document, jsonAny, jsonInt } from "../../../codec/json/mod.ts";
import { CodecError, decode, decodePrefix, encode, framed, inspect, stream, u8 } from "../../../codec/mod.ts";

const test = suite("codec: JSON documents in messages");

const ascii = (text: string) => new TextEncoder().encode(text);

test("a number that is the whole message, or all of a frame, is complete", () => {
  for (const schema of [document(jsonInt), framed(u8, document(jsonInt))]) {
    for (const value of [0, -7, 1234]) {
      const bytes = encode(schema, value);
      assert.is(decode(schema, bytes), value);
      assert.is(inspect(schema, bytes).value, value);
    }
  }
  assert.equal(decodePrefix(document(jsonInt), ascii("12")), { value: 12, length: 2 });
});

test("a number that is not complete is cut off", () => {
  for (const text of ["-", "1.", "1e", "1e+", ""]) {
    assert.throws(
      () => decode(document(jsonAny), ascii(text)),
      (error: unknown) => error instanceof CodecError && error.code === "truncated" && error.offset === text.length,
      text,
    );
  }
});

test("a stream has a number when the next byte cannot continue it, or when the stream ends", () => {
  const decoder = stream(document(jsonInt));
  decoder.push(ascii("1"));
  assert.is(decoder.pull(), null);
  decoder.push(ascii("2 3"));
  assert.is(decoder.pull()?.value, 12);
  assert.is(decoder.pull(), null);
  assert.is(decoder.finish()?.value, 3);
});

test.run();
