/**
 * The frames of astral's apphost: the interface between an astral node and the applications on its machine.
 *
 * Two protocols share the name. The binary one of 2022 and 2023 has commands: see {@link APPHOST_2023},
 * {@link commandRequest} and {@link answer}. The one of 2026 has typed objects, in binary frames or as JSON messages: see
 * {@link OBJECT_TYPES}, {@link astralObject}, {@link decodeObject} and {@link decodeObjectJson}.
 *
 * ```ts
 * import { encodeObjectJson, formatQuery } from "warpwire/protocols/astral";
 *
 * const query = formatQuery("warpdrive.send", { in: "json", out: "json" });
 * console.log(encodeObjectJson({ type: "string16", value: query }));
 * // {"Type":"string16","Object":"warpdrive.send?in=json\u0026out=json"}
 * ```
 *
 * @module
 */

export * from "./apphost-commands.ts";
export * from "./command-request.ts";
export * from "./dialogue.ts";
export {
  type AliasEntry,
  type AliasMap,
  type Blueprint,
  type BlueprintField,
  type FieldSpec,
  type OperationSpec,
  type ParameterSpec,
  SPEC_KINDS,
} from "./directory-objects.ts";
export * from "./identity.ts";
export type { FieldForm, JsonForm, ObjectForm } from "./object-form.ts";
export { OBJECT_LIMITS, type ObjectFrame, objectFrame, type ObjectLimits, SESSION_LIMITS } from "./object-frame.ts";
export * from "./object-json.ts";
export { astralObject, decodeObject, encodeObject, type ObjectReading, objectSchema } from "./object.ts";
export { formatObjectId, OBJECT_ID_BYTES, parseObjectId } from "./object-id.ts";
export * from "./object-types.ts";
export type { Empty } from "./object-values.ts";
export * from "./query.ts";
export * from "./time.ts";
export * from "./base64.ts";
