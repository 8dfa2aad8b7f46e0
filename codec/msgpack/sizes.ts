/**
 * How few and how many bytes the values of a shape can have.
 *
 * @module
 */

import type { FieldNode, MsgpackNode } from "./nodes.ts";

/** The longest header, which every reader accepts: one byte for the form and four for the length. */
const HEADER_BYTES_MAX = 5;

/** Size in bytes of the smallest value of a shape, in its shortest form. */
export function shapeBytesMin(node: MsgpackNode): number {
  switch (node.kind) {
    case "float":
      return 5;
    case "bytes":
      return bytesMin(node.size ?? 0, node.both);
    case "exact":
      return bytesMin(utf8Length(node.text), true);
    case "tagged":
      return 1 + shapeBytesMin(node.tag) + shapeBytesMin(node.item);
    case "tuple":
      return arrayHeaderBytes(node.items.length) + sum(node.items.map(shapeBytesMin));
    case "named": {
      const always = node.fields.filter((field) => !field.optional);
      return arrayHeaderBytes(always.length) + sum(always.map((field) => shapeBytesMin(field.shape)));
    }
    case "map": {
      const always = node.fields.filter((field) => !field.optional);
      return arrayHeaderBytes(always.length) +
        sum(always.map((field) => bytesMin(utf8Length(field.name), true) + shapeBytesMin(field.shape)));
    }
    case "oneOf":
      return Math.min(...node.options.map(shapeBytesMin));
    default:
      return 1;
  }
}

/** Size in bytes of the largest value of a shape, in its longest form; Infinity where only the limits bound it. */
export function shapeBytesMax(node: MsgpackNode): number {
  switch (node.kind) {
    case "nil":
    case "boolean":
      return 1;
    case "int":
    case "big":
    case "float":
      return 9;
    case "bytes":
      return HEADER_BYTES_MAX + (node.size ?? Infinity);
    case "exact":
      return HEADER_BYTES_MAX + utf8Length(node.text);
    case "tagged":
      return HEADER_BYTES_MAX + shapeBytesMax(node.tag) + shapeBytesMax(node.item);
    case "tuple":
      return HEADER_BYTES_MAX + sum(node.items.map(shapeBytesMax));
    case "named":
      return HEADER_BYTES_MAX + sum(node.fields.map((field) => shapeBytesMax(field.shape)));
    case "map":
      return node.extra === "ignore" ? Infinity : HEADER_BYTES_MAX + sum(node.fields.map(pairBytesMax));
    case "oneOf":
      return Math.max(...node.options.map(shapeBytesMax));
    case "packed":
      return node.bytesMax;
    default:
      return Infinity;
  }
}

/** How many arrays and maps stand around the innermost value of a shape; unknown shapes count as none. */
export function shapeDepth(node: MsgpackNode): number {
  switch (node.kind) {
    case "array":
    case "tagged":
      return 1 + shapeDepth(node.item);
    case "tuple":
      return 1 + Math.max(0, ...node.items.map(shapeDepth));
    case "named":
    case "map":
      return 1 + Math.max(0, ...node.fields.map((field) => shapeDepth(field.shape)));
    case "oneOf":
      return Math.max(...node.options.map(shapeDepth));
    default:
      return 0;
  }
}

/** The most elements that one tuple, or keys and values that one map of a shape has, as far as the shape says. */
export function shapeWidth(node: MsgpackNode): number {
  switch (node.kind) {
    case "array":
      return shapeWidth(node.item);
    case "tagged":
      return Math.max(2, shapeWidth(node.item));
    case "tuple":
      return Math.max(node.items.length, ...node.items.map(shapeWidth));
    case "named":
    case "map":
      return Math.max(2 * node.fields.length, ...node.fields.map((field) => shapeWidth(field.shape)));
    case "oneOf":
      return Math.max(...node.options.map(shapeWidth));
    default:
      return 0;
  }
}

/** Whether a shape has a part of unknown shape. */
export function hasUnknown(node: MsgpackNode): boolean {
  switch (node.kind) {
    case "any":
    case "packed":
      return true;
    case "array":
    case "tagged":
      return hasUnknown(node.item);
    case "tuple":
      return node.items.some(hasUnknown);
    case "named":
      return node.fields.some((field) => hasUnknown(field.shape));
    case "map":
      return node.extra === "ignore" || node.fields.some((field) => hasUnknown(field.shape));
    case "oneOf":
      return node.options.some(hasUnknown);
    default:
      return false;
  }
}

/** Whether limits bound the values of a shape: texts, and elements whose number the shape does not say. */
export function isLimited(node: MsgpackNode): boolean {
  switch (node.kind) {
    case "text":
    case "array":
    case "map":
    case "any":
    case "packed":
      return true;
    case "tuple":
      return node.items.some(isLimited);
    case "named":
      return node.fields.some((field) => isLimited(field.shape));
    case "tagged":
      return isLimited(node.item);
    case "oneOf":
      return node.options.some(isLimited);
    default:
      return false;
  }
}

function pairBytesMax(field: FieldNode): number {
  return HEADER_BYTES_MAX + utf8Length(field.name) + shapeBytesMax(field.shape);
}

/** A text or byte string with its header; a str of up to 31 bytes has a header of one byte, a bin never. */
function bytesMin(length: number, asStr: boolean): number {
  if (asStr && length <= 31) return 1 + length;
  return length + (length <= 0xff ? 2 : length <= 0xffff ? 3 : HEADER_BYTES_MAX);
}

function arrayHeaderBytes(count: number): number {
  return count <= 15 ? 1 : count <= 0xffff ? 3 : HEADER_BYTES_MAX;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
