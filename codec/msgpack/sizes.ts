/**
 * Minimum and maximum encoded size of a shape's values, and other properties of shapes.
 *
 * @module
 */

import type { FieldNode, MsgpackNode } from "./shape.ts";

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

/** The shapes inside of a shape. */
function partsOf(node: MsgpackNode): readonly MsgpackNode[] {
  switch (node.kind) {
    case "array":
    case "tagged":
      return [node.item];
    case "tuple":
      return node.items;
    case "named":
    case "map":
      return node.fields.map((field) => field.shape);
    case "oneOf":
      return node.options;
    default:
      return [];
  }
}

/** How many arrays and maps are around the innermost value of a shape; unknown shapes count as none. */
export function shapeDepth(node: MsgpackNode): number {
  const isContainer = ["array", "tagged", "tuple", "named", "map"].includes(node.kind);
  return (isContainer ? 1 : 0) + Math.max(0, ...partsOf(node).map(shapeDepth));
}

/** The most elements that one tuple, or keys and values that one map of a shape has, as far as the shape says. */
export function shapeWidth(node: MsgpackNode): number {
  return Math.max(ownWidth(node), ...partsOf(node).map(shapeWidth));
}

function ownWidth(node: MsgpackNode): number {
  switch (node.kind) {
    case "tagged":
      return 2;
    case "tuple":
      return node.items.length;
    case "named":
    case "map":
      return 2 * node.fields.length;
    default:
      return 0;
  }
}

/** Whether a shape has a part of unknown shape. */
export function hasUnknown(node: MsgpackNode): boolean {
  return isUnknown(node) || (node.kind === "map" && node.extra === "ignore") || partsOf(node).some(hasUnknown);
}

function isUnknown({ kind }: MsgpackNode): boolean {
  return kind === "any" || kind === "packed";
}

/** Whether limits bound the values of a shape: texts, and elements whose number the shape does not say. */
export function isLimited(node: MsgpackNode): boolean {
  const { kind } = node;
  return kind === "text" || kind === "array" || kind === "map" || isUnknown(node) || partsOf(node).some(isLimited);
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
