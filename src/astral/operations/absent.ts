/**
 * The operations of astrald (commit `6e2b8bbd`, July 2026) that this service does not have.
 *
 * @module
 */

import type { AbsentOperations } from "./operation.ts";

const NO_STORE = "there is no object store";
const NO_CONTRACTS = "there are no contracts: a node proves its own key to others, and nobody else's";
const NO_KEYS = "the service signs nothing for programs, and keeps no keys of theirs";
const LINK = "the host that links the nodes has addresses and ways of its own, and finds them itself";

/** The operations, those with one reason together. A program that registers for the node may serve them. */
export const ABSENT_OPERATIONS: readonly AbsentOperations[] = [
  absent("apphost", "hold_object unhold_object list_held_objects", NO_STORE),
  absent("apphost", "new_app_contract sign_app_contract install_app", NO_CONTRACTS),
  absent("auth", "index sign_contract", NO_CONTRACTS),
  absent("bip137sig", "derive_key mnemonic new_entropy seed", NO_KEYS),
  absent("coldcard", "scan", NO_KEYS),
  absent("crypto", "public_key sign_hash sign_text verify_hash_signature verify_text_signature", NO_KEYS),
  absent("fs", "new_repo new_watch", NO_STORE),
  absent("gateway", "node_connect node_list node_register node_route node_unregister", LINK),
  absent("indexing", "enable_repo register_indexer remove_index subscribe", NO_STORE),
  absent("ip", "default_gateway local_addrs public_ip_candidates", LINK),
  absent(
    "kcp",
    "close_ephemeral_listener list_endpoint_local_mappings new_ephemeral_listener remove_endpoint_local_port " +
      "set_endpoint_local_port",
    LINK,
  ),
  absent("log", "listen", "`onEvent` and the log of `warpwire serve` have the events"),
  absent("nat", "list_holes node_consume_hole node_punch punch set_enabled", LINK),
  absent("nearby", "broadcast list", LINK),
  absent(
    "nodes",
    "add_endpoint close_link links migrate_session new_link resolve_endpoints sessions",
    `${LINK}; \`warpwire.peers\` lists the nodes`,
  ),
  absent(
    "objects",
    "contains create delete describe find get_blueprint get_type load new new_mem probe purge push read " +
      "register_describer register_finder register_searcher remove_repository repositories scan search store",
    NO_STORE,
  ),
  absent("secp256k1", "new", NO_KEYS),
  absent("services", "discover sync", "nodes tell each other nothing about their services"),
  absent("shell", "shell", "there is no console"),
  absent("tcp", "close_ephemeral_listener new_ephemeral_listener", LINK),
  absent("tree", "delete get list mount_remote set unmount", "there is no tree of settings"),
  absent(
    "user",
    "accept_membership add_asset adopt assets expel info list_expelled list_siblings new_node_contract remove_asset " +
      "request_membership swarm_status sync_assets sync_with",
    "a node belongs to nobody but itself: there are no users with several nodes",
  ),
];

function absent(module: string, names: string, why: string): AbsentOperations {
  return Object.freeze({ names: names.split(" ").map((name) => `${module}.${name}`), why });
}
