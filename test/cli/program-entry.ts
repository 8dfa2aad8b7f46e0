/**
 * The program as tests start it in a process of its own: this file is compiled with the tests, so that Node has it too.
 *
 * @module
 */

import "../end-with-parent.ts";
import "../../src/cli/main.ts";
