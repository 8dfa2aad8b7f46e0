/**
 * Shows messages to people: spans, dumps, differences and tables.
 *
 * @module
 */

export { describe, describeMarkdown, describeText, type DescriptionRow } from "./describe.ts";
export { dumpLines, type DumpOptions, hexdump, type HexdumpOptions } from "./hexdump.ts";
export {
  addParts,
  diff,
  type Difference,
  inspect,
  type Inspection,
  type InspectOptions,
  SPANS_MAX,
} from "./inspect.ts";
