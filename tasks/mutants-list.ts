/**
 * Small faults, each of which some test has to notice.
 *
 * @module
 */

import { CODEC_MUTANTS } from "./mutants-codec.ts";
import { DHT_MUTANTS } from "./mutants-dht.ts";
import { FILTERS_MUTANTS } from "./mutants-filters.ts";
import { NODES_MUTANTS } from "./mutants-nodes.ts";
import { QUASAR_MUTANTS } from "./mutants-quasar.ts";
import type { Mutant } from "./mutants-row.ts";
import { PUBSUB_MUTANTS } from "./mutants-pubsub.ts";
import { RPC_MUTANTS } from "./mutants-rpc.ts";
import { STORE_MUTANTS } from "./mutants-store.ts";
import { STORJ_MUTANTS } from "./mutants-storj.ts";
import { STREAM_MUTANTS } from "./mutants-streams.ts";
import { USER_API_MUTANTS } from "./mutants-user-api.ts";
import { WARPDRIVE_MUTANTS } from "./mutants-warpdrive.ts";

/** Every fault. */
export const MUTANTS: readonly Mutant[] = [
  ...CODEC_MUTANTS,
  ...DHT_MUTANTS,
  ...FILTERS_MUTANTS,
  ...NODES_MUTANTS,
  ...PUBSUB_MUTANTS,
  ...QUASAR_MUTANTS,
  ...RPC_MUTANTS,
  ...STORE_MUTANTS,
  ...STORJ_MUTANTS,
  ...STREAM_MUTANTS,
  ...USER_API_MUTANTS,
  ...WARPDRIVE_MUTANTS,
];
