import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../codec/mod.ts";
import {
  type AddressForm,
  datagramType,
  decodeDatagram,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type Era,
  HEADER_BYTES,
  type IncomingRequest,
  type RpcName,
  type RpcReply,
  TYPE_BYTES,
} from "../../codec/protocols/storj/mod.ts";
import { kademlia } from "../../src/kademlia/mod.ts";
import { type Answers, type RpcEndpoint, rpcEndpoint, type RpcOptions } from "../../src/rpc/mod.ts";
import { fixture } from "../fixture.ts";
import { recordedCases } from "../protocols/storj/recorded.ts";
import { WireHost } from "./wire-host.ts";

const test = suite("recorded datagrams get the recorded answers");

type RecordedContact = readonly [id: string, ip: string, port: number];

/** Conversations of the package kademlia of today. */
interface Recordings {
  readonly node: string;
  readonly caller: string;
  readonly callerAddress: readonly [ip: string, port: number];
  readonly states: readonly {
    readonly addresses: AddressForm;
    readonly contacts: readonly RecordedContact[];
    readonly exchanges: readonly { readonly name: string; readonly request: string; readonly response: string }[];
  }[];
}

const ERAS: readonly Era[] = ["rpcudp", "storjrpcudp"];
const FORMS: readonly AddressForm[] = ["bin", "str"];
const CALLER = "udp:10.0.0.1:4000";
const ids = { node: new Uint8Array(20).fill(0xbb), caller: new Uint8Array(20).fill(0xaa) };

/** A node that knows nobody but the contacts given, and what is on its wire. */
class RecordedNode {
  readonly host = new WireHost();
  readonly rpc: RpcEndpoint;

  constructor({ answer = {}, contacts, ...options }: {
    readonly answer?: Answers;
    readonly contacts?: readonly RecordedContact[];
    readonly era?: Era;
    readonly addresses?: AddressForm;
  }) {
    this.rpc = rpcEndpoint({ host: this.host, answer, ...options } as RpcOptions);
    if (contacts === undefined) return;
    const { clock, random } = this.host;
    const node = kademlia({ rpc: this.rpc, clock, random, id: ids.node });
    for (const [id, ip, port] of contacts) {
      const address = `udp:${ip}:${port}`;
      node.seen(parseHex(id), { address, era: "storjrpcudp", verified: false });
      this.#answerPings(address, parseHex(id));
    }
    assert.is(node.contacts().length, contacts.length);
  }

  /** A node enters the table when it has answered. */
  #answerPings(address: string, id: Uint8Array): void {
    for (const { bytes, to } of this.host.take()) {
      assert.is(to, address);
      const { rpc, messageId, era } = decodeDatagram(bytes) as IncomingRequest<RpcName>;
      if (rpc === "ping") this.host.deliver(encodeResponse({ rpc, reply: id, messageId, era }), address);
    }
    this.host.take();
  }

  /** What is answered to a datagram: questions of the node's own are none. */
  answersTo(request: string): string[] {
    this.host.deliver(parseHex(request), CALLER);
    const answers = this.host.take().filter(({ bytes }) => decodeDatagram(bytes).kind === "response");
    for (const { to } of answers) assert.is(to, CALLER);
    return answers.map(({ bytes }) => formatHex(bytes));
  }
}

/** A recorded datagram as the other era has it: the type byte is all that differs. */
function inEra(era: Era, hex: string): string {
  const { kind } = datagramType(parseHex(hex)[0])!;
  return TYPE_BYTES[era][kind].toString(16).padStart(2, "0") + hex.slice(2);
}

test("conversations with the package of today, in both eras, with both forms of addresses", () => {
  const { node, caller, callerAddress, states } = fixture("kademlia-datagrams.json") as Recordings;
  assert.equal([node, caller], [formatHex(ids.node), formatHex(ids.caller)]);
  assert.is(`udp:${callerAddress.join(":")}`, CALLER);
  let compared = 0;
  for (const { addresses, contacts, exchanges } of states) {
    for (const era of ERAS) {
      const recorded = new RecordedNode({ addresses, contacts });
      for (const { name, request, response } of exchanges) {
        const what = `${name}, ${contacts.length} contacts, ${addresses}, ${era}`;
        assert.equal(recorded.answersTo(inEra(era, request)), [inEra(era, response)], what);
        compared++;
      }
    }
  }
  assert.is(compared, 528);
});

/** The recorded calls that the hash table answers. */
const KADEMLIA_CALLS = ["ping", "find_node empty", "store unicode", "find_value hit unicode"];

test("the conversation with the program of 2016", () => {
  for (const addresses of FORMS) {
    for (const era of ERAS) {
      const node = new RecordedNode({ addresses, contacts: [] });
      for (const called of KADEMLIA_CALLS) {
        const { request, response } = recordedCases.find(({ name }) => name === called)!;
        assert.equal(node.answersTo(inEra(era, request!)), [inEra(era, response!)], called);
      }
    }
  }
});

test("what the program of 2016 made of odd requests", () => {
  const messageId = new Uint8Array(20).fill(1);
  const ping = formatHex(encodeRequest({ rpc: "ping", args: { nodeId: ids.caller }, messageId }));
  const head = ping.slice(0, 2 * HEADER_BYTES);
  const requests: Record<string, string> = {
    "raw unknown method": `${head}92a4706f6e6791c414${"aa".repeat(20)}`,
    "raw nodeid as str": `${head}92a470696e6791b4${"61".repeat(20)}`,
    "raw nodeid empty": `${head}92a470696e6791c400`,
    "raw method bin": `${head}92c40470696e6791c414${"aa".repeat(20)}`,
    "raw trailing bytes": `${ping}c10102`,
  };
  const raw = recordedCases.filter(({ name }) => name.startsWith("raw "));
  // Nodes of 2016 don't answer the type bytes of 2015. Ours answer both, each in its own.
  assert.equal(raw.map(({ name }) => name).sort(), [...Object.keys(requests), "raw old type byte 00"].sort());
  for (const [name, request] of Object.entries(requests)) {
    const { sent } = raw.find((one) => one.name === name)!;
    for (const era of ERAS) {
      const node = new RecordedNode({ contacts: [] });
      assert.equal(node.answersTo(inEra(era, request)), sent!.map((hex) => inEra(era, hex)), name);
    }
  }
});

test("every other recorded call gets the recorded bytes from a node that gives the recorded answer", () => {
  let compared = 0;
  for (const { name, request, response } of recordedCases) {
    if (request === undefined || typeof response !== "string") continue;
    const { rpc } = decodeDatagram(parseHex(request)) as IncomingRequest<RpcName>;
    const reply = decodeResponse(rpc, parseHex(response).subarray(HEADER_BYTES)).reply as RpcReply<never>;
    const node = new RecordedNode({ answer: { [rpc]: () => reply } });
    assert.equal(node.answersTo(request), [response], name);
    compared++;
  }
  assert.is(compared, 13);
});

test("a node asked for itself is among the answers, as in 2016", () => {
  const contacts: RecordedContact[] = [["cc".repeat(20), "10.0.3.1", 7], ["dd".repeat(20), "10.0.4.1", 8]];
  const node = new RecordedNode({ contacts });
  const asked = encodeRequest({
    rpc: "find_node",
    args: { nodeId: ids.caller, key: parseHex(contacts[0][0]) },
    messageId: new Uint8Array(20).fill(1),
  });
  const [answer] = node.answersTo(formatHex(asked));
  const { reply } = decodeResponse("find_node", parseHex(answer).subarray(HEADER_BYTES));
  assert.equal(reply.map(({ id }) => formatHex(id)), contacts.map(([id]) => id));
});

test("the caller is not told about itself, be it known by its id or by its address", () => {
  const contacts: RecordedContact[] = [
    ["aa".repeat(20), "10.0.7.7", 7],
    ["cc".repeat(20), "10.0.0.1", 4000],
    ["dd".repeat(20), "10.0.4.1", 8],
  ];
  const node = new RecordedNode({ contacts });
  const asked = encodeRequest({
    rpc: "find_node",
    args: { nodeId: ids.caller, key: ids.node },
    messageId: new Uint8Array(20).fill(1),
  });
  const [answer] = node.answersTo(formatHex(asked));
  const { reply } = decodeResponse("find_node", parseHex(answer).subarray(HEADER_BYTES));
  assert.equal(reply.map(({ id }) => formatHex(id)), ["dd".repeat(20)]);
});

test.run();
