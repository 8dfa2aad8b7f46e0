/**
 * A service whose operations are asked, for the tests of operations.
 *
 * @module
 */

import { decodePrefix } from "../../codec/mod.ts";
import { type AstralObject, astralObject, type Blueprint, type FieldSpec } from "../../codec/protocols/astral/mod.ts";
import { astralService, type LocalService } from "../../src/astral/mod.ts";
import { Bench, ID_ONE, ID_THREE, ID_TWO, ObjectGuest, takeAll } from "./guests.ts";

/** The service of the identity 1, which has tokens for itself, its contact "friend" and somebody else. */
export interface Scene {
  readonly service: LocalService;
  readonly bench: Bench;
  /** Where guests of 2026 come in. */
  readonly address: string;
  /** Opens a query with a token, sends objects, and reads all that is answered. */
  ask(token: string, query: string, sent?: readonly AstralObject[]): Promise<AstralObject[]>;
  /** How a query with a token is refused: a code of a rejection, or of an error. */
  refusal(token: string, query: string): Promise<number | string | null>;
}

/** Runs a test with a service. */
export function withScene(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return async () => {
    await using service = await astralService({
      identity: ID_ONE,
      alias: "one",
      listen: [{ address: "tcp:127.0.0.1:0", protocol: "2026" }, "ws://127.0.0.1:0/.ws"],
      contacts: { friend: ID_TWO },
      // The node's own token is the first that there is.
      tokens: { own: "localnode", two: ID_TWO, three: ID_THREE },
      allowAnonymous: true,
    });
    await using bench = new Bench();
    const [address] = service.addresses();
    const ask: Scene["ask"] = async (token, query, sent = []) => {
      const guest = await ObjectGuest.enter(bench, address, token);
      await guest.open(query);
      for (const object of sent) await guest.write(object);
      return objectsOf(await takeAll(guest.connection));
    };
    const refusal: Scene["refusal"] = async (token, query) => {
      const guest = await ObjectGuest.enter(bench, address, token);
      await guest.query(query);
      return await guest.refusal();
    };
    await body({ service, bench, address, ask, refusal });
  };
}

/** The objects of frames. */
export function objectsOf(bytes: Uint8Array): AstralObject[] {
  const objects: AstralObject[] = [];
  for (let pos = 0; pos < bytes.length;) {
    const { value, length } = decodePrefix(astralObject, bytes, pos);
    objects.push(value);
    pos += length;
  }
  return objects;
}

/** The end of a list. */
export const EOS: AstralObject = { type: "eos", value: {} };
/** What no kind of field has. */
export const NO_FIELD: Omit<FieldSpec, "kind"> = {
  ...{ primitive: null, ref: null, slice: null, element: null, length: null, key: null, value: null, pointer: null },
};
/** A type of object with two numbers. */
export const POINT: Blueprint = {
  type: "app.point",
  fields: ["X", "Y"].map((name) => ({
    name,
    spec: { ...NO_FIELD, kind: "astral.blueprint.primitive_spec", primitive: "uint8" },
  })),
  underlying: "",
};
