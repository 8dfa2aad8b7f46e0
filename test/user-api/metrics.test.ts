/**
 * Figures as text for collectors.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { storjNode } from "../../src/storj/mod.ts";
import { metricsText } from "../../src/user-api/servers/metrics.ts";

const test = suite("user API: metrics");

test("figures have the names that lead to them, with units, and labels where the names are somebody's", () => {
  const stats = {
    calls: {
      bytesOut: 3,
      calls: { ping: { sent: 1, bytesIn: 2 }, 'a"b\\c\n': { sent: 4, bytesIn: 5 } },
      refused: { "rate-all": 6 },
      roundTripMs: { p50: 20, p95: 1500, p99: Infinity },
    },
    table: { lookupMs: null, buckets: [7, 0], networkSize: { nodes: 1.5 }, agedMs: 250 },
    publicAddress: { nat: "cone", isOpen: true },
    updateBytesSent: 8n,
  };
  assert.is(
    metricsText(stats),
    `# TYPE storj_calls_out_bytes unknown
# UNIT storj_calls_out_bytes bytes
storj_calls_out_bytes 3
# TYPE storj_calls_calls_sent unknown
storj_calls_calls_sent{call="ping"} 1
storj_calls_calls_sent{call="a\\"b\\\\c\\n"} 4
# TYPE storj_calls_calls_in_bytes unknown
# UNIT storj_calls_calls_in_bytes bytes
storj_calls_calls_in_bytes{call="ping"} 2
storj_calls_calls_in_bytes{call="a\\"b\\\\c\\n"} 5
# TYPE storj_calls_refused unknown
storj_calls_refused{reason="rate-all"} 6
# TYPE storj_calls_round_trip_seconds summary
# UNIT storj_calls_round_trip_seconds seconds
storj_calls_round_trip_seconds{quantile="0.5"} 0.02
storj_calls_round_trip_seconds{quantile="0.95"} 1.5
storj_calls_round_trip_seconds{quantile="0.99"} +Inf
# TYPE storj_table_buckets unknown
storj_table_buckets{index="0"} 7
storj_table_buckets{index="1"} 0
# TYPE storj_table_network_size_nodes unknown
storj_table_network_size_nodes 1.5
# TYPE storj_table_aged_seconds unknown
# UNIT storj_table_aged_seconds seconds
storj_table_aged_seconds 0.25
# TYPE storj_public_address_nat info
storj_public_address_nat_info{value="cone"} 1
# TYPE storj_public_address_is_open unknown
storj_public_address_is_open 1
# TYPE storj_update_sent_bytes unknown
# UNIT storj_update_sent_bytes bytes
storj_update_sent_bytes 8
# EOF
`,
  );
});

test("all figures of a node are there, each once", async () => {
  await using first = await storjNode();
  await using node = await storjNode({ bootstrap: [`127.0.0.1:${first.port}`] });
  await node.ready();
  const text = metricsText(node.stats());
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.is(samples.length, countOf(node.stats()));
  assert.is(new Set(samples.map((line) => line.replace(/ [^ ]+$/, ""))).size, samples.length, "twice");
  for (const line of samples) {
    assert.match(line, /^storj_[a-z0-9_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?(\d+(\.\d+)?(e-?\d+)?)$/);
  }
  // A family is in one piece, and what it is stands before it.
  const named = text.split("\n").flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  assert.is(new Set(named).size, named.length);
  assert.ok(samples.some((line) => line === "storj_table_contacts 1"));
  assert.ok(text.endsWith("\n# EOF\n"));
});

function countOf(value: unknown): number {
  if (value === null || value === undefined) return 0;
  return typeof value === "object" ? Object.values(value).reduce((sum: number, each) => sum + countOf(each), 0) : 1;
}

test.run();
