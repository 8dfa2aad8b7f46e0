/**
 * The program `storjnode` as tests start it in a process of its own, see program-entry.ts.
 *
 * @module
 */

import "../end-with-parent.ts";
import "../../src/cli/storjnode-main.ts";
