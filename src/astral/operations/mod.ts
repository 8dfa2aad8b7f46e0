/**
 * The names that the service itself answers.
 *
 * @module
 */

export type { AbsentOperations, Operation, Permission } from "./operation.ts";
export { OPERATIONS, Operations } from "./operations.ts";
