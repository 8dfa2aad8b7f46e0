/**
 * The process of a server.
 *
 * @module
 */

import process from "node:process";
import { answerQuestions } from "../harness/program.mjs";

const [, , name] = process.argv;
const { serve } = await import(`./${name}.mjs`);

await answerQuestions({ serve });
process.exit();
