/**
 * What commands are given: bytes in several notations, JSON values, schemas by name.
 *
 * @module
 */

export { INPUT_HELP, INPUT_OPTIONS, readBytes, readText, readTextFile } from "./input.ts";
export { importModule, SCHEMA_HELP, schemaOf, SCHEMAS } from "./schemas.ts";
