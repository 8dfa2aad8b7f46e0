/**
 * warpwire: the user API of a storj node.
 *
 * @module
 */

import { storjNode } from "../../dist/src/storj/mod.js";
import { serveUserApi, userApi } from "../../dist/src/user-api/mod.js";

/** @returns {Promise<number>} the port */
export async function serve() {
  const node = await storjNode();
  const { addresses: [address] } = await serveUserApi(node, userApi(node), {
    addresses: ["http://127.0.0.1:0"],
    access: { token: null },
    // It is their speed that is measured.
    limits: { callsPerSecond: Infinity },
  });
  return Number(new URL(address).port);
}
