/**
 * The same work as on hosts, on sockets of `node:net` and nothing else: the baseline.
 *
 * @module
 */

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { HEADER_BYTES, readAmount, REQUEST, writeAmount } from "./work.mjs";

/**
 * Sockets at a TCP port, or at a path.
 *
 * @param {{ port: number, host: string } | { path: string }} place
 * @returns {import("./subjects.mjs").Subject}
 */
export function rawSubject(place) {
  return {
    async serve() {
      const servers = [createServer(sink), createServer(echo)];
      const places = servers.map((server, index) => listen(server, place, index));
      const [sinkAt, echoAt] = await Promise.all(places);
      return {
        address: { sinkAt, echoAt },
        stop: () => servers.forEach((server) => server.close()),
      };
    },
    dial: ({ sinkAt, echoAt }) => ({
      sender: async () => rawSender(await open(sinkAt)),
      caller: async () => rawCaller(await open(echoAt)),
      stop() {},
    }),
  };
}

async function listen(server, place, index) {
  const at = "path" in place ? { path: `${place.path}${index}` } : place;
  server.listen(at);
  await once(server, "listening");
  return "path" in place ? at : { port: server.address().port, host: place.host };
}

async function open(place) {
  const socket = connect({ ...place, noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** Takes what comes, and says so when everything that was announced is there. */
function sink(socket) {
  let left = 0;
  socket.on("data", (chunk) => {
    const announced = left === 0;
    if (announced) left = readAmount(chunk) + HEADER_BYTES;
    left -= chunk.length;
    if (left === 0) socket.write("!");
  });
  socket.on("error", () => {});
}

function echo(socket) {
  socket.setNoDelay(true);
  socket.on("data", (chunk) => socket.write(chunk));
  socket.on("error", () => {});
}

function rawSender(socket) {
  return {
    async send(count, piece) {
      const taken = once(socket, "data");
      socket.write(writeAmount(count));
      for (let sent = 0; sent < count; sent += piece.length) {
        if (!socket.write(piece)) await once(socket, "drain");
      }
      await taken;
    },
    close: () => socket.destroy(),
  };
}

function rawCaller(socket) {
  return {
    call: () =>
      new Promise((resolve) => {
        let left = REQUEST.length;
        socket.on("data", function take(chunk) {
          left -= chunk.length;
          if (left > 0) return;
          socket.off("data", take);
          resolve();
        });
        socket.write(REQUEST);
      }),
    close: () => socket.destroy(),
  };
}
