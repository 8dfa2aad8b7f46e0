/**
 * What a server of the user API stands on, and nothing else: `node:http` and `ws`, which send back what comes.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

/** @returns {Promise<number>} the port */
export async function serve() {
  const server = createServer((request, response) => {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      const body = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": body.length,
      });
      response.end(body);
    });
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on(
    "connection",
    (socket) =>
      socket.on(
        "message",
        (message) => socket.send(message, { binary: false }),
      ),
  );
  server.listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  return server.address().port;
}
