import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { assertDecodersAgree, assertEncodersAgree } from "./agreement.ts";
import { assertRefused, assertUnusable, decodeRefusals, encodeRefusals, rows } from "./table.ts";

const lazies = suite("codec: lazy");

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}
const Tree: w.Schema<Tree> = w.lazy((): w.Schema<Tree> =>
  w.struct({ name: w.string(w.u8), children: w.array(Tree, w.u8) })
);

interface Chain {
  readonly next: Chain | null;
}
const Chain: w.Schema<Chain> = w.lazy((): w.Schema<Chain> => w.struct({ next: w.optional(Chain) }));

/** So many links of a chain, and their bytes. */
function chain(links: number): [Chain, hex: string] {
  let value: Chain = { next: null };
  for (let left = links - 1; left > 0; left--) value = { next: value };
  return [value, "01".repeat(links - 1) + "00"];
}

lazies("schemas that contain themselves", () => {
  const leaf = (name: string): Tree => ({ name, children: [] });
  rows(Tree, [
    [leaf(""), "00 00"],
    [{ name: "a", children: [leaf("b"), { name: "c", children: [leaf("d")] }] }, "0161 02 0162 00 0163 01 0164 00"],
  ]);
  rows(Chain, [chain(1), chain(2), chain(5)]);
});

lazies("schemas that contain each other", () => {
  type Expression = { readonly op: "number"; readonly value: number } | {
    readonly op: "sum";
    readonly terms: readonly Expression[];
  };
  const Terms: w.Schema<readonly Expression[]> = w.lazy((): w.Schema<readonly Expression[]> =>
    w.array(Expression, w.u8)
  );
  const Expression: w.Schema<Expression> = w.lazy((): w.Schema<Expression> =>
    w.union("op", w.u8, { number: [0, w.struct({ value: w.u8 })], sum: [1, w.struct({ terms: Terms })] })
  );
  rows(Expression, [
    [{ op: "number", value: 5 }, "00 05"],
    [{ op: "sum", terms: [{ op: "number", value: 1 }, { op: "sum", terms: [] }] }, "01 02 00 01 01 00"],
  ]);
  decodeRefusals(Expression, [
    ["01 02 00 01 02 00", "tag", "terms[1].op", 4],
    ["01 02 00 01 01 05", "truncated", "terms[1].terms", 6],
    ["01 02 00 01 00", "truncated", "terms", 2],
  ]);
});

lazies("64 levels and no more", () => {
  rows(Chain, [chain(64)]);
  const [value, hex] = chain(65);
  const path = Array(64).fill("next").join(".");
  decodeRefusals(Chain, [[hex, "limit", path, 64], ["01".repeat(1000), "limit", path, 64]]);
  encodeRefusals(Chain, [[value, "limit", path, 64]]);
});

lazies("other limits", () => {
  for (const depthMax of [0, 1, 3, 100]) {
    const limits = { ...w.LIMITS, depthMax };
    for (const links of [1, 2, 3, 4, 100, 101]) {
      const [value, hex] = chain(links);
      assertDecodersAgree(Chain, w.parseHex(hex), limits);
      const written = assertEncodersAgree(Chain, value, limits);
      assert.is(written === undefined, links > depthMax);
      assert.is("error" in w.inspect(Chain, w.parseHex(hex), { limits }), links > depthMax);
    }
  }
});

lazies("the stack of the runtime ends before a limit that is too high", () => {
  const limits = { depthMax: 1_000_000 };
  const bytes = new Uint8Array(100_000).fill(1);
  const { error, spans } = w.inspect(Chain, bytes, { limits });
  assert.is(error?.code, "limit");
  assert.ok(spans.length > 64);
  const cyclic: { next: unknown } = { next: null };
  cyclic.next = cyclic;
  for (const run of [() => w.decode(Chain, bytes, { limits }), () => w.encode(Chain, cyclic as Chain, { limits })]) {
    assert.throws(run, (error: w.CodecError) => error.code === "limit" && error.offset > 64 && error.path !== "");
  }
});

lazies("levels are counted down again", () => {
  const forest = w.array(Chain, w.u16);
  const [link, hex] = chain(60);
  rows(forest, [[Array(5).fill(link), `0005${hex.repeat(5)}`]]);
});

lazies("a value that contains itself", () => {
  const cyclic: { next: unknown } = { next: null };
  cyclic.next = cyclic;
  encodeRefusals(Chain, [[cyclic, "limit", Array(64).fill("next").join("."), 64]]);
});

lazies("arrays of lazy elements without bytes are refused on first use", () => {
  const nothing: w.Schema<object> = w.lazy(() => w.struct({}));
  const list = w.struct({ n: w.u8, list: w.array(nothing, w.u32) });
  assertUnusable(() => w.decode(list, new Uint8Array(9)), /elements of at least one byte/);
  assertUnusable(() => w.encode(list, { n: 1, list: [] }), /elements of at least one byte/);
  const { error } = w.inspect(list, new Uint8Array(9));
  assert.is(error?.code, "schema");
  const hidden = w.array(w.tuple([w.lazy(() => w.array(w.u8, w.rest))]), w.rest);
  assertUnusable(() => w.decode(hidden, new Uint8Array(9)), /elements of at least one byte/);
  const loop: w.Schema = w.lazy((): w.Schema => w.struct({ loop }));
  assertUnusable(() => w.decode(w.array(loop, w.u8), new Uint8Array(9)), /elements of at least one byte/);
});

lazies("a schema without an end is no endless loop", () => {
  const loop: w.Schema = w.lazy((): w.Schema => w.struct({ n: w.u8, loop }));
  assertRefused(() => w.decode(loop, new Uint8Array(1000)), ["limit", Array(64).fill("loop").join("."), 64], "loop");
  assertRefused(
    () => w.decode(w.array(loop, w.u8), Uint8Array.of(1, 0, 0)),
    ["truncated", "[0].loop.loop.n", 3],
    "array of loops",
  );
});

lazies("many schemas that contain each other take no exponential time", () => {
  let asked = 0;
  const kinds: w.Schema[] = Array.from({ length: 40 }, () =>
    w.lazy((): w.Schema => {
      asked++;
      const cases = kinds.map((kind, index) => [`k${index}`, [index, w.struct({ of: kind })]] as const);
      return w.union("kind", w.u8, Object.fromEntries([...cases, ["end", [255, w.struct({})]]]));
    }));
  assert.equal(w.decode(w.array(kinds[0], w.u8), Uint8Array.of(1, 3, 255)), [{ kind: "k3", of: { kind: "end" } }]);
  assert.ok(w.describe(kinds[0]).length > 0);
  assert.ok(asked < 40 * 42 * 4, `${asked} times asked`);
});

lazies.run();
