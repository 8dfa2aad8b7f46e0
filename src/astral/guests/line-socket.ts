/**
 * WebSockets whose text messages are lines of JSON: the sub-protocol of web pages.
 *
 * @module
 */

import { type MessageSocket, wsMessageSocket, type WsSocket } from "../../host/streams/mod.ts";

const LINE_END = 0x0a;
const SPACE = 0x20;

/**
 * A WebSocket that receives each message as a line, and sends each line as a message, its end included, as a node does;
 * the rest waits for the end of its line.
 *
 * @param lineBytesMax The longest line that is sent
 */
export function lineSocket(socket: WsSocket, lineBytesMax: number): MessageSocket {
  let line: Uint8Array[] = [];
  let lineBytes = 0;
  let broken: (error: unknown) => void = () => {};
  const addToLine = (part: Uint8Array) => {
    if (part.length === 0) return;
    line.push(part.slice());
    lineBytes += part.length;
  };
  const sendLine = (done: (error?: Error | null) => void) => {
    const whole = new Uint8Array(lineBytes);
    let start = 0;
    for (const part of line) {
      whole.set(part, start);
      start += part.length;
    }
    line = [];
    lineBytes = 0;
    socket.send(whole, { binary: false }, done);
  };
  const messages = wsMessageSocket(socket, { takesText: true });
  return {
    ...messages,
    listen(events, clock) {
      broken = events.broken;
      messages.listen({ ...events, received: (message) => events.received(lineOf(message)) }, clock);
    },
    send(bytes, done) {
      let [start, waiting, failure] = [0, 1, undefined as unknown];
      const sent = (error?: Error | null) => {
        failure ??= error ?? undefined;
        if (--waiting === 0) done(failure);
      };
      for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
        addToLine(bytes.subarray(start, end + 1));
        start = end + 1;
        waiting++;
        sendLine(sent);
      }
      addToLine(bytes.subarray(start));
      // Bytes without lines mean nothing to this guest; they are not collected without bound.
      const excess = lineBytes > lineBytesMax ? new Error(`A line is longer than ${lineBytesMax} bytes`) : undefined;
      if (excess !== undefined) broken(excess);
      sent(excess);
    },
    close() {
      if (lineBytes > 0) sendLine(() => {});
      socket.close(1000);
    },
  };
}

/** A message as one line: line ends inside a JSON text are nothing but white space. */
function lineOf(message: Uint8Array): Uint8Array {
  const hasEnd = message.at(-1) === LINE_END;
  const text = hasEnd ? message.subarray(0, -1) : message;
  const line = new Uint8Array(text.length + 1);
  line.set(text);
  for (let at = line.indexOf(LINE_END); at >= 0 && at < text.length; at = line.indexOf(LINE_END, at)) line[at] = SPACE;
  line[text.length] = LINE_END;
  return line;
}
