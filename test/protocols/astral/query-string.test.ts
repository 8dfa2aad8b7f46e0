/**
 * Query strings of apphost 2026 against what Go reads and writes.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, type CodecErrorCode } from "../../../codec/mod.ts";
import { formatQuery, parseQuery, QUERY_PARAMS_MAX, withJsonFormat } from "../../../codec/protocols/astral/mod.ts";
import { fixture } from "../../fixture.ts";

const test = suite("astral query strings");

interface Recorded {
  readonly queryStrings: Readonly<Record<string, { path: string; params: Record<string, string> } | string>>;
}

const { queryStrings } = fixture("apphost-2026-objects.json") as Recorded;

function fails(code: CodecErrorCode, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    assert.instance(error, CodecError);
    assert.is((error as CodecError).code, code, (error as CodecError).message);
    return;
  }
  assert.unreachable(`No error where "${code}" was expected`);
}

for (const [text, expected] of Object.entries(queryStrings)) {
  if (typeof expected === "string") continue;
  test(`"${text}" is read as the node reads it`, () => {
    const { path, params } = parseQuery(text);
    assert.is(path, expected.path);
    assert.equal(Object.fromEntries(params), expected.params);
  });
}

test("parameters are written as Go writes them", () => {
  // The recording has the text of Go's error value behind the query.
  const recorded = (name: string) => (queryStrings[name] as string).replace("<nil>", "");
  const map = { out: "json", name: "a b&c=d/é", in: "json" };
  assert.is(formatQuery("", map), `?${recorded("marshal map[string]string")}`);
  const args = {
    endpoint: "tcp:127.0.0.1:1",
    token: "0123456789abcdef",
    n: "5",
    id: "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
  };
  assert.is(formatQuery("op", new Map(Object.entries(args))), `op?${recorded("marshal query.Args")}`);
});

test("every character survives", () => {
  let text = "";
  for (let code = 0; code < 0x250; code++) text += String.fromCharCode(code);
  text += "\u{1f680}\ufffd\ud7ff";
  const { path, params } = parseQuery(formatQuery("a.b", { [text]: text, "": "" }));
  assert.is(path, "a.b");
  assert.equal([...params], [["", ""], [text, text]]);
  assert.is(formatQuery("a", { x: "!'()*~-_. +" }), "a?x=%21%27%28%29%2A~-_.+%2B");
});

test("keys are sorted by their bytes", () => {
  const params = { "\u{1f680}": "", "\uffee": "", b: "", ab: "", a: "" };
  assert.equal([...parseQuery(formatQuery("x", params)).params.keys()], ["a", "ab", "b", "\uffee", "\u{1f680}"]);
});

test("keys that objects treat specially are data", () => {
  const { params } = parseQuery("a?__proto__=1&constructor=2");
  assert.equal([...params], [["__proto__", "1"], ["constructor", "2"]]);
});

test("a parameter that is not UTF-8 is left out, and a later one of its name counts", () => {
  assert.equal([...parseQuery("a?x=%ff&x=%c3%a9&%fe=1&y=%").params], [["x", "é"]]);
  assert.equal([...parseQuery("a?&&=v&=w").params], [["", "v"]]);
});

test("what cannot be a query is refused", () => {
  fails("syntax", () => formatQuery("a?b"));
  fails("utf8", () => formatQuery("\ud800"));
  fails("utf8", () => formatQuery("a", { x: "\udfff" }));
  fails("limit", () => formatQuery("a".repeat(65_536)));
  fails("limit", () => formatQuery("a", { x: "é".repeat(11_000) }));
  fails("limit", () => parseQuery("a".repeat(65_536)));
  fails("limit", () => parseQuery(`a?${"&".repeat(QUERY_PARAMS_MAX)}`));
  assert.is(parseQuery(`a?${"&".repeat(QUERY_PARAMS_MAX - 1)}`).params.size, 0);
  assert.is(parseQuery("a".repeat(65_535)).path.length, 65_535);
});

test("the JSON parameters are added where they are missing", () => {
  assert.is(withJsonFormat("warpdrive.send"), "warpdrive.send?in=json&out=json");
  assert.is(withJsonFormat("user.info?name=al+ice%26x"), "user.info?name=al+ice%26x&in=json&out=json");
  assert.is(withJsonFormat("a?out=binary"), "a?out=binary&in=json");
  assert.is(withJsonFormat("a?in=x&out=y"), "a?in=x&out=y");
  assert.is(withJsonFormat("a?"), "a?in=json&out=json");
  assert.is(withJsonFormat("a?x=%zz&"), "a?x=%zz&in=json&out=json");
});

test.run();
