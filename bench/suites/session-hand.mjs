/**
 * A minimal parser of regular warpdrive sessions, written by hand: it takes the bytes of both directions as they come
 * and gives the messages with their fields.
 *
 * @module
 */

const NEWLINE = 0x0a;
const TWO_32 = 4294967296;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes of one direction that are not read yet, with the place of the first. */
class Input {
  bytes = new Uint8Array(0);
  pos = 0;
  offset = 0;

  push(chunk) {
    const left = this.bytes.subarray(this.pos);
    if (left.length === 0) this.bytes = chunk;
    else {
      this.bytes = new Uint8Array(left.length + chunk.length);
      this.bytes.set(left);
      this.bytes.set(chunk, left.length);
    }
    this.offset += this.pos;
    this.pos = 0;
  }

  get there() {
    return this.bytes.length - this.pos;
  }
}

/** Reads fields; `missing` is set when there are not enough bytes. */
class Fields {
  missing = false;

  constructor({ bytes, pos }) {
    this.bytes = bytes;
    this.pos = pos;
  }

  take(length) {
    const start = this.pos;
    this.pos += length;
    if (this.pos > this.bytes.length) this.missing = true;
    return start;
  }

  u8() {
    return this.bytes[this.take(1)];
  }

  i64() {
    const at = this.take(8);
    if (this.missing) return 0;
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 8);
    const value = view.getInt32(0) * TWO_32 + view.getUint32(4);
    if (!Number.isSafeInteger(value)) throw new RangeError("The integer is not safe");
    return value;
  }

  text() {
    const length = this.u8();
    if (this.missing) return "";
    const at = this.take(length);
    return this.missing ? "" : decoder.decode(this.bytes.subarray(at, this.pos));
  }

  json() {
    const start = this.pos;
    const end = this.missing ? -1 : this.bytes.indexOf(NEWLINE, start);
    if (end < 0) {
      this.missing = true;
      return null;
    }
    this.pos = end + 1;
    return JSON.parse(decoder.decode(this.bytes.subarray(start, end)));
  }
}

/** What follows the opcode, and what the answer is. */
const COMMANDS = new Map([
  [1, { name: "listPeers", args: () => ({}), reply: (f) => ({ peers: f.json() }) }],
  [2, {
    name: "createOffer",
    args: (f) => ({ peerId: f.text(), path: f.text() }),
    reply: (f) => ({ offerId: f.text(), code: f.u8() }),
  }],
  [3, { name: "acceptOffer", args: (f) => ({ offerId: f.text() }), reply: (f) => ({ code: f.u8() }) }],
  [4, { name: "listOffers", args: (f) => ({ filter: f.u8() }), reply: (f) => ({ offers: f.json() }) }],
  [5, { name: "listenOffers", args: (f) => ({ filter: f.u8() }), event: (f) => ({ offer: f.json() }) }],
  [6, { name: "listenStatus", args: (f) => ({ filter: f.u8() }), event: (f) => ({ status: f.json() }) }],
  [7, { name: "updatePeer", args: (f) => ({ update: f.json() }), reply: (f) => ({ code: f.u8() }) }],
  [100, {
    name: "sendOffer",
    args: (f) => ({ offerId: f.text(), files: f.json() }),
    reply: (f) => ({ code: f.u8() }),
  }],
  [101, {
    name: "download",
    args: (f) => ({ offerId: f.text(), index: f.i64(), offset: f.i64() }),
    reply: (f) => ({ code: f.u8() }),
    body: true,
  }],
  [255, { name: "end", args: () => ({}), end: true }],
]);

class Parser {
  messages = [];
  client = new Input();
  server = new Input();
  /** The exchange that the client must end with a byte. */
  open = undefined;
  /** Commands that are not answered yet. */
  asked = [];
  /** Whether the bytes that come from the server are those of files. */
  inBody = false;

  emit(dir, input, pos, command, part, value) {
    const bytes = input.bytes.subarray(input.pos, pos);
    const start = input.offset + input.pos;
    const end = input.offset + pos;
    this.messages.push({ dir, command, part, value, start, end, bytes });
    input.pos = pos;
  }

  clientBytes() {
    const { client } = this;
    while (client.there > 0) {
      if (this.open !== undefined) {
        this.endBody();
        this.emit("C>S", client, client.pos + 1, this.open.name, "finish", { byte: client.bytes[client.pos] });
        this.asked.shift();
        this.open = undefined;
        continue;
      }
      const fields = new Fields(client);
      const command = COMMANDS.get(fields.u8());
      if (command === undefined) throw new Error("The opcode is unknown");
      const value = command.args(fields);
      if (fields.missing) return;
      this.emit("C>S", client, fields.pos, command.name, command.end ? "end" : "request", value);
      if (!command.end) this.asked.push(command);
      if (command.body || command.event) this.open = command;
    }
  }

  serverBytes() {
    const { server } = this;
    while (server.there > 0 && !this.inBody) {
      const [command] = this.asked;
      if (command === undefined) throw new Error("Nothing was asked");
      const fields = new Fields(server);
      const value = (command.reply ?? command.event)(fields);
      if (fields.missing) return;
      this.emit("S>C", server, fields.pos, command.name, command.event ? "event" : "reply", value);
      if (command.body) this.inBody = true;
      else if (command.reply) this.asked.shift();
    }
  }

  /** Takes what has come of a body; it ends when the client confirms it, or with the session. */
  endBody() {
    const { server } = this;
    if (this.inBody && server.there > 0) {
      this.emit("S>C", server, server.bytes.length, "download", "body", { size: server.there });
    }
    this.inBody = false;
  }
}

/** The messages of a recorded session. */
export function decodeByHand({ events }) {
  const parser = new Parser();
  for (const { dir, bytes } of events) {
    if (dir === "C>S") {
      parser.client.push(bytes);
      parser.clientBytes();
    } else if (dir === "S>C") {
      parser.server.push(bytes);
      parser.serverBytes();
    }
  }
  parser.endBody();
  return parser.messages;
}
