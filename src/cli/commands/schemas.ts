/**
 * `warpwire schemas`: lists the names of the schemas.
 *
 * @module
 */

import { type CommandSpec, positionals } from "../command.ts";
import { SCHEMAS } from "../input/mod.ts";

/** Lists the names of the schemas. */
export const schemasCommand: CommandSpec = {
  name: "schemas",
  usage: "[options]",
  about: "list the schemas",
  run(args, { out }) {
    positionals(args, []);
    for (const name of SCHEMAS.keys()) out(`${name}\n`);
  },
};
