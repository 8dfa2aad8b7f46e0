/**
 * Types of objects that programs describe, and the echo of objects.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import { type AstralObject, type Blueprint, encodeObject, OBJECT_TYPES } from "../../codec/protocols/astral/mod.ts";
import { utf8 } from "../host/pair.ts";
import { ObjectGuest, takeAll } from "./guests.ts";
import { EOS, NO_FIELD, POINT, withScene } from "./operations-scene.ts";

const test = suite("astral: operations on objects");

/** SHA-256 of "ADC0", the type and the payload of {@link POINT}, after their size, in z-base-32. */
const POINT_ID = "data18a1yaufu1ydh1fdzd11ru5bad1s631m5649hjd3i8ua1bs99drsu4";

test(
  "programs describe types, which others see, and nobody describes twice",
  withScene(async ({ ask }) => {
    const register = (blueprint: Blueprint, token = "two") =>
      ask(token, "objects.register_blueprint", [{ type: "astral.blueprint", value: blueprint }, EOS]);
    const [id, end] = await register(POINT);
    // SHA-256 of "ADC0", the type and the payload, after their size, in z-base-32.
    assert.equal([id, end], [{ type: "object_id.sha256", value: POINT_ID }, EOS]);
    const names = (await ask("three", "objects.blueprints")).map(({ value }) => value);
    assert.equal(names.slice(-2), ["app.point", {}]);
    assert.equal(names.slice(0, -2), Object.keys(OBJECT_TYPES).filter((type) => type !== "").sort());
    const failure = async (change: Partial<Blueprint>) => {
      const answer = await register({ ...POINT, type: "app.other", ...change }, "three");
      assert.is(answer.length, 2);
      return answer[0].type === "error_message" ? answer[0].value : answer[0].type;
    };
    const field = (
      spec: object,
      name = "F",
    ) => [{ name, spec: { ...NO_FIELD, ...spec } as typeof POINT.fields[0]["spec"] }];
    const refTo = (ref: string) => field({ kind: "astral.blueprint.ref_spec", ref });
    assert.is(await failure({ type: "app.point" }), "blueprint already registered: app.point");
    assert.is(await failure({ type: "ack" }), "blueprint already registered: ack");
    assert.is(
      await failure({ fields: refTo("app.none") }),
      "invalid blueprint: field F references unregistered type app.none",
    );
    const invalid: readonly Partial<Blueprint>[] = [
      { type: "" },
      { type: "é" },
      { type: "x".repeat(256) },
      { underlying: "uint8" },
      { fields: [], underlying: "app.point" },
      { fields: refTo("") },
      { fields: field({ kind: "ack" }) },
      { fields: field({ kind: "astral.blueprint.primitive_spec", primitive: "ack" }) },
      { fields: field({ kind: "astral.blueprint.array_spec", element: "ack", length: 65_537 }) },
      { fields: field({ kind: "astral.blueprint.map_spec", key: "string8", value: "" }) },
      { fields: field({ kind: "astral.blueprint.object_spec" }, "") },
      { fields: ["a", "A"].flatMap((name) => field({ kind: "astral.blueprint.object_spec" }, name)) },
    ];
    for (const change of invalid) assert.match(await failure(change), "invalid blueprint: ", JSON.stringify(change));
    assert.is(await failure({ fields: refTo("app.point") }), "object_id.sha256");
    assert.is(await failure({ type: "app.mode", fields: [], underlying: "uint8" }), "object_id.sha256");
    const other = await ask("two", "objects.register_blueprint", [{ type: "ack", value: {} }, EOS]);
    assert.equal(other, [{ type: "error_message", value: "expected astral.Blueprint" }, EOS]);
  }),
);

test(
  "one identity describes no more types than leave room for others",
  withScene(async ({ ask, bench, address }) => {
    const guest = await ObjectGuest.enter(bench, address, "two");
    await guest.open("objects.register_blueprint");
    const alias = (n: number) => ({ type: `app.type${n}`, fields: [], underlying: "uint8" });
    for (let n = 0; n < 1024; n++) {
      await guest.send("astral.blueprint", alias(n));
      await guest.expect("object_id.sha256");
    }
    await guest.send("astral.blueprint", alias(1024));
    assert.is(await guest.expect("error_message"), "too many blueprints");
    const answer = await ask("three", "objects.register_blueprint", [{ type: "astral.blueprint", value: POINT }, EOS]);
    assert.is(answer[0].type, "object_id.sha256");
  }),
);

test(
  "an echo returns what comes, and only what it may",
  withScene(async ({ ask, bench, address }) => {
    const objects: AstralObject[] = [
      { type: "uint8", value: 7 },
      { type: "string16", value: "é" },
      { type: "", value: Uint8Array.of(1, 2) },
      { type: "ack", value: {} },
      { type: "error_message", value: "failed" },
    ];
    assert.equal(await ask("two", "objects.echo?stop=eos", [...objects, EOS, ...objects]), objects);
    const only = await ask("two", "objects.echo?only=uint8,ack&stop=eos", [...objects, EOS]);
    assert.equal(only.map(({ type }) => type), ["uint8", "ack"]);
    const except = await ask("two", "objects.echo?except=uint8,ack,string16&stop=eos", [...objects, EOS]);
    assert.equal(except.map(({ type }) => type), ["", "error_message"]);
    // Types that only programs understand pass as they are, unless the echo is strict.
    const unknown = Uint8Array.of(3, ...utf8("app"), 0, 0, 0, 2, 0xff, 0);
    for (const [query, answer] of [["objects.echo?stop=eos", unknown], ["objects.echo?strict=true", null]] as const) {
      const guest = await ObjectGuest.enter(bench, address, "two");
      await guest.open(query);
      await guest.connection.stream.write(unknown);
      if (answer === null) {
        assert.is(await guest.expect("error_message"), "blueprint not found: app");
      } else {
        await guest.send("eos", {});
        assert.is(formatHex(await takeAll(guest.connection)), formatHex(answer));
      }
      assert.is(await guest.connection.piece(), null);
    }
    // What is no object ends it.
    const guest = await ObjectGuest.enter(bench, address, "two");
    await guest.open("objects.echo");
    await guest.connection.stream.write(encodeObject({ type: "bytes32", value: new Uint8Array(200_000) })).catch(
      () => {},
    );
    assert.equal(await takeAll(guest.connection).catch(() => new Uint8Array(0)), new Uint8Array(0));
  }),
);

test.run();
