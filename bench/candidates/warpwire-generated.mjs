/**
 * warpwire with generated codecs.
 *
 * @module
 */

import { ownVersion } from "../harness/packages.mjs";
import { loadGenerated } from "./warpwire/generated.mjs";
import { mappings, recordSchemas, storjSchemas } from "./warpwire/schemas.mjs";

const schemas = { ...recordSchemas, ...storjSchemas };
const codecs = await loadGenerated(schemas);

export default {
  name: "warpwire generated",
  version: ownVersion(),
  note: "This library, code generated ahead of time.",
  strict: true,
  frames: Object.fromEntries(
    Object.keys(schemas).map((id) => [
      id,
      { encode: codecs[`encode${id}`], decode: codecs[`decode${id}`], ...mappings[id] },
    ]),
  ),
};
