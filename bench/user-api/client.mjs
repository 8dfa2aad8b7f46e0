/**
 * The process of a client: it calls over one connection, again as soon as something is answered.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect } from "node:net";
import process from "node:process";
import WebSocket from "ws";
import { answerQuestions } from "../harness/program.mjs";

const HEAD_END = "\r\n\r\n";
const OPENERS = { http: openHttp, websocket: openWebSocket };
/** Connections, by what they are over and where they go. @type {Map<string, Caller>} */
const callers = new Map();

/**
 * A connection.
 *
 * @typedef {object} Caller
 * @property {(count: number, request: string) => void} send a request, so many times
 * @property {(answer: Buffer) => void} answered called with each answer
 * @property {(error: Error) => void} failed
 */

await answerQuestions({ call });
process.exit();

/**
 * Calls for a while. Each answer has to be that to the first request.
 *
 * @returns {Promise<{ requests: number, ms: number, answer: string }>}
 */
async function call({ over, port, request, inFlight, sliceMs }) {
  const at = `${over} ${port}`;
  if (!callers.has(at)) callers.set(at, await OPENERS[over](port));
  const caller = callers.get(at);
  let [requests, underWay, first] = [0, 0, undefined];
  const startMs = performance.now();
  const endMs = startMs + sliceMs;
  await new Promise((resolve, reject) => {
    caller.failed = reject;
    caller.answered = (answer) => {
      first ??= Buffer.from(answer);
      if (!first.equals(answer)) {
        return reject(
          new Error(`"${answer}" was answered, and "${first}" before`),
        );
      }
      requests++;
      underWay--;
      if (performance.now() < endMs) send(1);
      else if (underWay === 0) resolve();
    };
    const send = (count) => {
      underWay += count;
      caller.send(count, request);
    };
    send(inFlight);
  });
  return { requests, ms: performance.now() - startMs, answer: String(first) };
}

/** HTTP as it goes over a socket: what is sent at once goes in one piece. @returns {Promise<Caller>} */
async function openHttp(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const headers = `POST / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n`;
  const caller = {
    send: (count, request) =>
      socket.write(
        `${headers}content-length: ${request.length}${HEAD_END}${request}`
          .repeat(count),
      ),
  };
  let bytes = Buffer.alloc(0);
  socket.on("data", (piece) => {
    bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece]);
    // Answers that come together are followed by requests that go together.
    socket.cork();
    bytes = takeAnswers(bytes, caller);
    socket.uncork();
  });
  socket.on(
    "close",
    () => caller.failed(new Error("The server has closed the connection")),
  );
  return caller;
}

/** Takes all answers from the beginning of what has come; the rest is given back. */
function takeAnswers(bytes, caller) {
  let at = 0;
  for (;;) {
    const headEnd = bytes.indexOf(HEAD_END, at);
    if (headEnd < 0) return bytes.subarray(at);
    const head = bytes.latin1Slice(at, headEnd);
    const length = /^HTTP\/1\.1 200 [\s\S]*\r\ncontent-length: (\d+)/i.exec(
      head,
    );
    if (length === null) {
      caller.failed(new Error(`The server answers "${head}"`));
      return bytes.subarray(bytes.length);
    }
    const start = headEnd + HEAD_END.length;
    const end = start + Number(length[1]);
    if (end > bytes.length) return bytes.subarray(at);
    caller.answered(bytes.subarray(start, end));
    at = end;
  }
}

/** @returns {Promise<Caller>} */
async function openWebSocket(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
    perMessageDeflate: false,
  });
  await once(socket, "open");
  const caller = {
    send(count, request) {
      for (let n = 0; n < count; n++) socket.send(request);
    },
  };
  socket.on("message", (answer) => caller.answered(answer));
  socket.on(
    "close",
    () => caller.failed(new Error("The server has closed the connection")),
  );
  return caller;
}
