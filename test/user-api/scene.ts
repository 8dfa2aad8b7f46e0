/**
 * Two nodes that know each other, one of which is called.
 *
 * @module
 */

import { type StorjNode, storjNode } from "../../src/storj/mod.ts";
import { type UserApi, userApi } from "../../src/user-api/mod.ts";

/** A key of the README of the original program. */
const ALICE = "Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc";
/** Its id. */
export const ALICE_ID = "aa28f8dbd4d358f1b7ffb964d6e6b64f6a74d081";
/** See {@link ALICE}. */
const BOB = "KzygUeD8qXaKBFdJWMk9c6AVib89keoZFBNdFBsj73kYZfAc4n1j";
/** Its id. */
export const BOB_ID = "297249e6cf8cd7bec1a151c221d35b80bfc6417f";

/** A node as it is called. */
export type CalledNode = StorjNode;

/** Two nodes. */
export interface Scene extends AsyncDisposable {
  /** Who is called. */
  readonly alice: CalledNode;
  readonly bob: CalledNode;
  readonly api: UserApi;
  /** A stream that alice has opened to bob. */
  stream(): Promise<string>;
  /** Resolves when something is true; it fails after a while. */
  until(what: string, isTrue: () => boolean): Promise<void>;
}

/** Starts the nodes. */
export async function startScene(): Promise<Scene> {
  const bob = await storjNode({ key: BOB, answerRequests: true }) as CalledNode;
  const alice = await storjNode({ key: ALICE, bootstrap: [`127.0.0.1:${bob.port}`] }) as CalledNode;
  await alice.ready();
  const facts = { network: "storjnet", listen: "127.0.0.1", bootstrap: [], startedMs: 1 };
  const api = userApi(alice, { facts });
  const until: Scene["until"] = async (what, isTrue) => {
    for (let left = 1000; !isTrue(); left--) {
      if (left === 0) throw new Error(`Never: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await until("bob knows alice", () => bob.peers().length === 1);
  return {
    ...{ alice, bob, api, until },
    async stream() {
      const id = await alice.streamOpen(bob.nodeId);
      if (id === null) throw new Error("Bob takes no stream");
      return id;
    },
    async [Symbol.asyncDispose]() {
      api.close();
      await alice.close();
      await bob.close();
    },
  };
}
