/**
 * Streams of messages as web streams and as async iterators.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  bytes,
  CodecError,
  decodeIterable,
  decodeStream,
  encode,
  encodeStream,
  type Infer,
  rest,
  string,
  struct,
  u8,
} from "../../../codec/mod.ts";

const test = suite("codec: web streams and async iterators");

const Line = struct({ id: u8, text: string(u8) });
type Line = Infer<typeof Line>;

const LINES: readonly Line[] = [{ id: 1, text: "one" }, { id: 2, text: "" }, { id: 3, text: "a longer text" }];
const INPUT = Uint8Array.from(LINES.flatMap((line) => [...encode(Line, line)]));

function cut(size: number): Uint8Array[] {
  const count = Math.ceil(INPUT.length / size);
  return Array.from({ length: count }, (_, index) => INPUT.slice(index * size, (index + 1) * size));
}

function sourceOf<T>(parts: readonly T[]): ReadableStream<T> {
  let next = 0;
  return new ReadableStream<T>({
    pull(controller) {
      if (next < parts.length) controller.enqueue(parts[next++]);
      else controller.close();
    },
  });
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

async function rejection(run: () => Promise<unknown>): Promise<CodecError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}

/** All values of a web stream, read as every runtime can. */
async function readAll<T>(stream: ReadableStream<T>): Promise<T[]> {
  const reader = stream.getReader();
  const all: T[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) all.push(next.value);
  return all;
}

test("a web stream of chunks becomes a web stream of values", async () => {
  for (const size of [1, 2, 5, INPUT.length]) {
    assert.equal(await readAll(sourceOf(cut(size)).pipeThrough(decodeStream(Line))), LINES);
  }
  assert.equal(await readAll(sourceOf<Uint8Array>([]).pipeThrough(decodeStream(Line))), []);
});

test("a web stream of values becomes a web stream of chunks with memory of their own", async () => {
  const chunks = await readAll(sourceOf(LINES).pipeThrough(encodeStream(Line)));
  assert.equal(chunks, LINES.map((line) => encode(Line, line)));
  for (const chunk of chunks) assert.is(chunk.buffer.byteLength, chunk.length);
  assert.equal(await readAll(sourceOf(LINES).pipeThrough(encodeStream(Line)).pipeThrough(decodeStream(Line))), LINES);
});

test("the last message of a web stream may reach to its end", async () => {
  const All = struct({ id: u8, data: bytes(rest) });
  const [value] = await readAll(sourceOf(cut(4)).pipeThrough(decodeStream(All)));
  assert.equal(value, { id: 1, data: INPUT.slice(1) });
});

test("a web stream fails with the error of its bytes, after the messages before it", async () => {
  const seen: Line[] = [];
  const parts = [...cut(3), Uint8Array.of(4, 2, 0xc3, 0x28)];
  const reader = sourceOf(parts).pipeThrough(decodeStream(Line)).getReader();
  const error = await rejection(async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) seen.push(next.value);
  });
  assert.equal(seen, LINES);
  assert.equal([error.code, error.path, error.offset], ["utf8", "text", INPUT.length + 2]);
  const short = await rejection(() => readAll(sourceOf([INPUT.slice(0, -1)]).pipeThrough(decodeStream(Line))));
  assert.equal([short.code, short.path, short.offset], ["truncated", "text", 9]);
  const small = await rejection(() =>
    readAll(sourceOf(cut(3)).pipeThrough(decodeStream(Line, { messageBytesMax: 8 })))
  );
  assert.equal([small.code, small.offset], ["limit", 7]);
});

test("a web stream of values fails with the error of a value", async () => {
  const values = [LINES[0], { id: 256, text: "" }];
  const error = await rejection(() => readAll(sourceOf(values).pipeThrough(encodeStream(Line))));
  assert.equal([error.code, error.path], ["range", "id"]);
});

test("chunks of anything that can be iterated over", async () => {
  async function* slowly() {
    for (const chunk of cut(4)) {
      await Promise.resolve();
      yield chunk;
    }
  }
  assert.equal(await collect(decodeIterable(Line, cut(2))), LINES);
  assert.equal(await collect(decodeIterable(Line, new Set(cut(7)))), LINES);
  assert.equal(await collect(decodeIterable(Line, slowly())), LINES);
  assert.equal(await collect(decodeIterable(Line, sourceOf(cut(5)) as unknown as AsyncIterable<Uint8Array>)), LINES);
  assert.equal(await collect(decodeIterable(string(rest), [INPUT.slice(2, 3), INPUT.slice(3, 5)])), ["one"]);
  assert.equal(await collect(decodeIterable(Line, [])), []);
});

test("a source may use the memory of a chunk again when it is asked for the next one", async () => {
  const memory = new Uint8Array(4);
  function* reusing() {
    for (const chunk of cut(4)) {
      memory.set(chunk);
      yield memory.subarray(0, chunk.length);
      memory.fill(0xee);
    }
  }
  assert.equal(await collect(decodeIterable(Line, reusing())), LINES);
});

test("a source is closed when nobody wants more, and when its bytes are wrong", async () => {
  let closed = 0;
  function* source(more: Uint8Array) {
    try {
      yield* cut(4);
      yield more;
      throw new Error("Nobody should ask for this");
    } finally {
      closed++;
    }
  }
  for await (const line of decodeIterable(Line, source(INPUT))) {
    if (line.id === 2) break;
  }
  assert.is(closed, 1);
  const error = await rejection(() => collect(decodeIterable(Line, source(Uint8Array.of(0, 1, 0xff)))));
  assert.equal([error.code, error.offset, closed], ["utf8", INPUT.length + 2, 2]);
});

test("options hold for iterators, too", async () => {
  const error = await rejection(() => collect(decodeIterable(Line, [INPUT], { limits: { stringBytesMax: 5 } })));
  assert.equal([error.code, error.path, error.offset], ["limit", "text", 9]);
  const end = await rejection(() => collect(decodeIterable(Line, [INPUT.slice(0, 3)])));
  assert.equal([end.code, end.path, end.offset], ["truncated", "text", 2]);
});

test("a web stream that cannot be iterated is read, and cancelled by who stops early", async () => {
  let cancelled = 0;
  const lines: Line[] = [];
  const part = INPUT.slice(0, encode(Line, LINES[0]).length);
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(part.slice()),
    cancel: () => void (cancelled += 1),
  });
  // As in browsers whose streams have no iterator.
  Object.defineProperty(source, Symbol.asyncIterator, { value: undefined });
  for await (const line of decodeIterable(Line, source)) {
    if (lines.push(line) === 2) break;
  }
  assert.equal(lines, [LINES[0], LINES[0]]);
  assert.is(cancelled, 1);
  assert.is(source.locked, false);
});

test.run();
