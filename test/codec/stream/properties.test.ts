/**
 * Streams of messages of random schemas, whole and broken, in pieces of any size.
 *
 * The decoder of whole inputs is the oracle: a stream has the messages that it finds one behind the other.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chosen } from "../../../codec/arbitrary/fast-check.ts";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../../codec/schema/extension.ts";
import { arbitraryValue } from "../../../codec/arbitrary/values.ts";
import {
  CodecError,
  decodePrefix,
  describeText,
  encode,
  formatHex,
  inspect,
  type Schema,
  stream,
  type StreamMessage,
} from "../../../codec/mod.ts";
import { mutate } from "../../../codec/arbitrary/mutate.ts";
import { countAllocations } from "../../allocations.ts";
import { facts } from "../agreement.ts";
import { same } from "../same.ts";
import { ALL_LANGUAGES, randomSchema } from "../arbitrary-schema.ts";
import { check } from "../seed.ts";

const test = suite("codec: streams of random schemas");

/** What a stream gave: its messages, and the error at its end, if there was one. */
interface Streamed {
  readonly messages: readonly StreamMessage<unknown>[];
  readonly error: unknown[] | undefined;
}

/** Pushes pieces of an input through one piece of memory, which is spoiled as soon as that is allowed. */
function streamed(schema: Schema, input: Uint8Array, lengths: () => number): Streamed {
  const messages: StreamMessage<unknown>[] = [];
  const decoder = stream(schema);
  const memory = new Uint8Array(input.length);
  try {
    for (let at = 0; at < input.length;) {
      const piece = input.subarray(at, at + lengths());
      memory.set(piece);
      decoder.push(memory.subarray(0, piece.length));
      for (let next = decoder.pull(); next !== null; next = decoder.pull()) messages.push(next);
      memory.fill(0xee);
      at += piece.length;
    }
    const last = decoder.finish();
    if (last !== null) messages.push(last);
    return { messages, error: undefined };
  } catch (error) {
    assert.is(decoder.offset, messages.at(-1)?.end ?? 0, "the stream stands where the message began");
    assert.throws(() => decoder.pull(), (again: unknown) => again === error);
    return { messages, error: facts(error) };
  }
}

/** What the decoder of whole inputs finds, message by message. */
function expected(schema: Schema, input: Uint8Array): Streamed {
  const messages: StreamMessage<unknown>[] = [];
  for (let at = 0; at < input.length;) {
    try {
      const { value, length } = decodePrefix(schema, input, at);
      if (length === 0) return { messages, error: ["schema"] };
      messages.push({ value, start: at, end: at + length });
      at += length;
    } catch (error) {
      return { messages, error: facts(error) };
    }
  }
  return { messages, error: undefined };
}

function assertStreams(schema: Schema, input: Uint8Array, choose: RandomSource): Streamed {
  const whole = streamed(schema, input, () => input.length);
  const oracle = expected(schema, input);
  assert.ok(same(whole.messages, oracle.messages), "messages");
  assert.is(whole.error === undefined, oracle.error === undefined, `only one has an error: ${whole.error}`);
  // Of two faults a stream may find the other one: it does not know where the input ends, and it refuses a length that
  // is too large before it looks at what stands before it.
  const tooLong = /^Message is longer/.test(String(whole.error?.[3]));
  if (whole.error !== undefined && !tooLong && !isLimit(whole.error) && oracle.error![0] !== "truncated") {
    assertSame(whole.error.slice(0, oracle.error!.length), oracle.error!, "errors of a stream and of a whole input");
  }
  const cuts = [() => 1, () => 1 + choose(2), () => 1 + choose(20)];
  for (const lengths of cuts) {
    const pieces = streamed(schema, input, lengths);
    assert.ok(same(pieces.messages, whole.messages), "messages in pieces");
    assertSame(pieces.error ?? [], whole.error ?? [], "errors in pieces and of a whole chunk");
  }
  return whole;
}

/** Whether a limit was exceeded: that may show in a length, before other faults come. */
function isLimit(error: unknown[]): boolean {
  return /^Value is longer|^Message will be longer/.test(String(error[3]));
}

function assertSame(left: unknown[], right: unknown[], what: string): void {
  assert.equal(left, right, `${what}: ${left.join(" ")} | ${right.join(" ")}`);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function explained<T>(schema: Schema, input: Uint8Array, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${(error as Error).stack}\nInput: ${formatHex(input)}\nSchema:\n${describeText(schema)}`, {
      cause: error,
    });
  }
}

const cases = chosen((choose) => ({ schema: randomSchema(choose, ALL_LANGUAGES), seed: choose(2 ** 32 - 1) }));

test("messages, whole and broken, in pieces of any size", () => {
  const seen = { messages: 0, errors: 0, codes: new Set<unknown>() };
  check("streams", cases, 600, ({ schema, seed }) => {
    const choose = fromSeed(seed);
    const parts = Array.from({ length: 1 + choose(3) }, () => encode(schema, arbitraryValue(schema, choose)));
    const input = concat(parts);
    const broken = mutate(input, inspect(schema, parts[0], { prefix: true }).spans, choose);
    for (const bytes of [input, input.subarray(0, choose(input.length)), broken]) {
      const { messages, error } = explained(schema, bytes, () => assertStreams(schema, bytes, choose));
      seen.messages += messages.length;
      if (error === undefined) continue;
      seen.errors++;
      seen.codes.add(error[0]);
    }
  });
  assert.ok(seen.messages > 1000 && seen.errors > 300, `${seen.messages} messages, ${seen.errors} errors`);
  for (const code of ["truncated", "range", "utf8", "literal", "bool", "tag"]) {
    assert.ok(seen.codes.has(code), `no stream ended with ${code}: ${[...seen.codes]}`);
  }
});

test("a message of exactly messageBytesMax bytes is accepted, one byte more is not; memory is bounded", () => {
  let refused = 0;
  check("largest messages", cases, 300, ({ schema, seed }) => {
    const choose = fromSeed(seed);
    const bytes = encode(schema, arbitraryValue(schema, choose));
    if (bytes.length === 0) return;
    const chunkBytes = 1 + choose(9);
    const run = (messageBytesMax: number) => {
      const decoder = stream(schema, { messageBytesMax });
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        decoder.push(bytes.subarray(at, at + chunkBytes));
        const message = decoder.pull();
        if (message !== null) return message;
      }
      return decoder.finish();
    };
    explained(schema, bytes, () => {
      assert.is(run(bytes.length)?.end, bytes.length);
      if (bytes.length === 1) return;
      const { bytesMax } = countAllocations(() => {
        assert.throws(() => run(bytes.length - 1), (error: unknown) => {
          if (!(error instanceof CodecError)) throw error;
          assert.equal([error.code, error.offset, error.context.bytesMax], ["limit", 0, bytes.length - 1]);
          return true;
        });
      });
      assert.ok(bytesMax <= Math.max(256, 2 * (bytes.length + chunkBytes)), `a buffer of ${bytesMax} bytes`);
      refused++;
    });
  });
  assert.ok(refused > 150, `${refused} messages were refused`);
});

test("whatever comes, buffers have no more than twice the largest message and the largest piece", () => {
  let buffered = 0;
  check("memory", cases, 300, ({ schema, seed }) => {
    const choose = fromSeed(seed);
    const messageBytesMax = 100 + choose(1000);
    const chunkBytes = 1 + choose(40);
    const input = new Uint8Array(5000).map(() => choose(3) === 0 ? choose(255) : choose(2));
    const decoder = stream(schema, { messageBytesMax });
    const { bytesMax } = countAllocations(() => {
      try {
        for (let at = 0; at < input.length; at += chunkBytes) {
          decoder.push(input.subarray(at, at + chunkBytes));
          while (decoder.pull() !== null);
        }
      } catch (error) {
        assert.instance(error, CodecError);
      }
    });
    if (bytesMax > 256) buffered++;
    explained(schema, input, () => {
      // The first bytes of an element may stand behind the largest message before they are looked at.
      assert.ok(bytesMax <= 2 * (messageBytesMax + chunkBytes + 256), `a buffer of ${bytesMax} bytes`);
    });
  });
  assert.ok(buffered > 0, `only ${buffered} streams needed more than the smallest buffer`);
});

test.run();
