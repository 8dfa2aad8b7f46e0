/**
 * The schemas with functions that messages of the protocols contain, exported by name as generated source imports them.
 *
 * @module
 */

import type { ArrayNode, Schema, StructNode } from "../../codec/mod.ts";
import { OBJECT_TYPES } from "../../codec/protocols/astral/mod.ts";

export { commandRequest2022, commandRequest2023, identity, nonce64 } from "../../codec/protocols/astral/mod.ts";

/** A filter of a query to be routed, a text that must be present. */
export const routeFilter: Schema = filterOf(OBJECT_TYPES["mod.apphost.route_query_msg"].schema as Schema as StructNode);

function filterOf({ fields }: StructNode): Schema {
  return (fields.find(({ name }) => name === "filters")!.schema as ArrayNode).item as Schema;
}
