import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chosen } from "../../../codec/arbitrary/fast-check.ts";
import { pick } from "../../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../../codec/schema/extension.ts";
import { arbitraryValue } from "../../../codec/arbitrary/values.ts";
import { CodecError, decodePrefix, encode, formatHex, inspect, type Schema } from "../../../codec/mod.ts";
import { mutate } from "../../../codec/arbitrary/mutate.ts";
import {
  type Datagram,
  decodeDatagram,
  decodeEnvelope,
  decodeResponse,
  encodeEnvelope,
  encodeRequest,
  encodeResponse,
  type Era,
  HEADER_BYTES,
  type OutgoingRequest,
  type OutgoingResponse,
  requestSchema,
  responseSchema,
  RPC_NAMES,
  type RpcName,
  rpcs,
} from "../../../codec/protocols/storj/mod.ts";
import { pack } from "../../../codec/msgpack/mod.ts";
import { assertDecodersAgree, assertEncodersAgree } from "../../codec/agreement.ts";
import { same } from "../../codec/same.ts";
import { check } from "../../codec/seed.ts";
import { spoil } from "../../codec/spoil.ts";

const test = suite("storj: properties");

interface Sample {
  readonly rpc: RpcName;
  readonly era: Era;
  readonly wireName: string;
  readonly choose: RandomSource;
}

const samples = chosen((choose): Sample => {
  const rpc = pick(choose, RPC_NAMES);
  return { rpc, era: pick(choose, rpcs[rpc].eras), wireName: pick(choose, [rpc, ...rpcs[rpc].aliases]), choose };
});

function attempt<T>(run: () => T): { readonly value: T } | { readonly error: CodecError } {
  try {
    return { value: run() };
  } catch (error) {
    assert.instance(error, CodecError);
    return { error: error as CodecError };
  }
}

/** Asserts that the way of the program and the way of the schema come to the same. */
function assertSameRequest(sample: Sample, bytes: Uint8Array): void {
  const schema = requestSchema(sample.rpc, sample) as Schema;
  const bySchema = attempt(() => decodePrefix(schema, bytes)) as { value: { value: unknown; length: number } };
  const direct = attempt(() => decodeDatagram(bytes)) as { value: Datagram };
  if (bySchema.value === undefined) {
    // Another call, another era or a response may have come out of it, but not this request.
    const found = direct.value;
    if (found?.kind === "request" && found.wireName === sample.wireName) assert.is.not(found.era, sample.era);
    return;
  }
  const found = direct.value;
  assert.ok(found.kind === "request" && found.rpc === sample.rpc);
  const { messageId, args } = found;
  assert.ok(same({ messageId, args }, bySchema.value.value));
  assert.is(found.trailing, bytes.length - bySchema.value.length);
}

test("requests of every call, whole, broken and spoiled", () => {
  let broken = 0;
  check("storj requests", samples, 400, (sample) => {
    const { rpc, era, wireName, choose } = sample;
    const schema = requestSchema(rpc, sample) as Schema;
    const value = arbitraryValue(schema, choose) as { messageId: Uint8Array; args: unknown };
    const bytes = assertEncodersAgree(schema, value)!;
    assert.is(formatHex(encodeRequest({ ...value, rpc, era, wireName } as OutgoingRequest<RpcName>)), formatHex(bytes));
    assertDecodersAgree(schema, bytes);
    assertSameRequest(sample, bytes);
    for (let round = 0; round < 5; round++) {
      const other = mutate(bytes, inspect(schema, bytes).spans, choose);
      assertDecodersAgree(schema, other);
      assertSameRequest(sample, other);
      if (inspect(schema, other).error !== undefined) broken++;
    }
    const spoiled = spoil(value, choose) as { messageId: Uint8Array; args: unknown };
    if (typeof spoiled === "object" && spoiled !== null) {
      const outcome = attempt(() => encodeRequest({ ...spoiled, rpc, era, wireName } as OutgoingRequest<RpcName>));
      const bySchema = attempt(() => encode(schema, { ...spoiled }));
      assert.ok(same(outcome, bySchema) || ("error" in outcome && "error" in bySchema));
    }
  });
  assert.ok(broken > 1000, `${broken} were broken`);
});

test("responses to every call, whole and broken", () => {
  check("storj responses", samples, 400, ({ rpc, era, choose }) => {
    const addresses = pick(choose, ["bin", "str"] as const);
    const schema = responseSchema(rpc, { era, addresses }) as Schema;
    const value = arbitraryValue(schema, choose) as { messageId: Uint8Array; reply: unknown };
    const bytes = assertEncodersAgree(schema, value)!;
    const outgoing = { ...value, rpc, era, addresses } as OutgoingResponse<RpcName>;
    assert.is(formatHex(encodeResponse(outgoing)), formatHex(bytes));
    const datagram = decodeDatagram(bytes);
    assert.ok(datagram.kind === "response" && datagram.era === era);
    assert.ok(same(datagram.messageId, value.messageId));
    assert.ok(same(decodeResponse(rpc, datagram.payload), { reply: value.reply, trailing: 0 }));
    for (let round = 0; round < 5; round++) {
      const other = mutate(bytes, inspect(schema, bytes).spans, choose);
      assertDecodersAgree(schema, other);
      if (other.length <= HEADER_BYTES) continue;
      const payload = other.subarray(HEADER_BYTES);
      const direct = attempt(() => decodeResponse(rpc, payload));
      const whole = attempt(() => decodePrefix(schema, Uint8Array.from([bytes[0], ...other.subarray(1)])));
      assert.is("error" in direct, "error" in whole);
    }
  });
});

test("arbitrary datagrams are read or refused with a CodecError", () => {
  const cases = chosen((choose) =>
    Uint8Array.from({ length: choose(60) }, (_, at) => at === 0 ? choose(4) : choose(255))
  );
  check("storj garbage", cases, 3000, (bytes) => {
    const result = attempt(() => decodeDatagram(bytes));
    if (!("value" in result) || result.value.kind === "request") return;
    const { payload } = result.value;
    for (const rpc of RPC_NAMES) attempt(() => decodeResponse(rpc, payload));
  });
});

test("signed messages come back, broken ones are refused with a CodecError", () => {
  const cases = chosen((choose) => ({
    message: {
      sender: Uint8Array.from({ length: 20 }, () => choose(255)),
      version: choose(300),
      token: pack("x".repeat(choose(40))),
      body: pack([choose(1000), "y".repeat(choose(100)), null]),
      signature: Uint8Array.from({ length: 65 }, () => choose(255)),
    },
    choose,
  }));
  check("storj envelopes", cases, 500, ({ message, choose }) => {
    const bytes = encodeEnvelope(message, { owned: true });
    const { signedBytes, ...found } = decodeEnvelope(bytes);
    assert.ok(same(found, message));
    // Everything between the sender and the signature, behind a header of its own.
    assert.is(formatHex(signedBytes), `93${formatHex(bytes.subarray(23, bytes.length - 67))}`);
    const broken = mutate(bytes, [], choose);
    const result = attempt(() => decodeEnvelope(broken));
    if ("value" in result) assert.ok(encodeEnvelope(result.value).length <= broken.length, "no form got longer");
  });
});

test.run();
