/**
 * Lines of source text that are not too long, broken where `deno fmt` breaks them.
 *
 * @module
 */

/** The most characters of a line. */
const WIDTH = 120;

const OPENING = "([{";
const CLOSING = ")]}";

/** A bracket that is in no other: what is before it, what is in it part by part, and what is after it. */
interface Group {
  readonly before: string;
  readonly open: string;
  readonly parts: readonly string[];
  readonly after: string;
  /** Whether it shows that a type is in it. */
  readonly isType: boolean;
}

/** The beginning of a line that ends with a type. */
const TYPE = /^(?:export type [\w$]+ = |let [\w$]+!?: )/;

/** The beginning of a member of a type. */
const MEMBER = /^(?:[\w$]+|"(?:[^"\\]|\\.)*")\??: /;

/** Where a text stands. */
interface Place {
  readonly indent: number;
  /** Whether braces hold the members of a type, which semicolons follow. */
  readonly isType: boolean;
}

/** Breaks lines that are too long. */
export function laidOut(lines: readonly string[]): string[] {
  return joined(lines.flatMap((line) => {
    const text = line.trimStart();
    return broken(text, { indent: line.length - text.length, isType: TYPE.test(text) });
  }));
}

/** The lines with `else` after the brace that ends what it belongs to. */
function joined(lines: readonly string[]): string[] {
  const all: string[] = [];
  for (const line of lines) {
    const text = line.trimStart();
    const follows = text.startsWith("else ") && all.at(-1) === `${line.slice(0, -text.length)}}`;
    all.push(follows ? `${all.pop()} ${text}` : line);
  }
  return all;
}

function broken(line: string, place: Place): string[] {
  const whole = " ".repeat(place.indent) + line;
  if (whole.length <= WIDTH || line.startsWith("//") || line.startsWith("/**")) return [whole];
  return brokenStatement(line, place) ?? brokenUnion(line, place) ?? brokenGroup(line, place) ?? [whole];
}

function deeper({ indent, isType }: Place): Place {
  return { indent: indent + 2, isType };
}

/** A condition and what it guards on lines of their own, or the parts of a condition. */
function brokenStatement(line: string, place: Place): string[] | undefined {
  const head = /^(?:\} )?(?:else if|if|while) \(/.exec(line)?.[0];
  if (head === undefined) return undefined;
  const end = closing(line, head.length - 1);
  const guarded = line.slice(end + 2);
  const pad = " ".repeat(place.indent);
  if (guarded === "{") return [pad + head, ...filled(line.slice(head.length, end), place.indent + 2), `${pad}) {`];
  return [...broken(`${line.slice(0, end + 1)} {`, place), ...broken(guarded, deeper(place)), `${pad}}`];
}

/** The parts of a condition, as many on a line as fit. */
function filled(condition: string, indent: number): string[] {
  const pad = " ".repeat(indent);
  const lines: string[] = [];
  let line = "";
  for (const part of split(condition, / (?:\|\||&&) /y)) {
    if (line === "" && pad.length + part.trimEnd().length > WIDTH) {
      lines.push(...broken(part.trimEnd(), { indent, isType: false }));
      continue;
    }
    if (line !== "" && pad.length + line.length + part.trimEnd().length > WIDTH) {
      lines.push(pad + line.trimEnd());
      line = "";
    }
    line += part;
  }
  return line === "" ? lines : [...lines, pad + line];
}

/** The members of a union on lines of their own. */
function brokenUnion(line: string, place: Place): string[] | undefined {
  const head = TYPE.exec(line)?.[0] ?? (place.isType ? MEMBER.exec(line)?.[0] : undefined);
  if (head === undefined) return undefined;
  const members = membersOf(line.slice(head.length, -1));
  // What may only be nothing stays on its line.
  const isMaybe = members.length === 2 && (members[1] === "null" || members[1] === "undefined");
  if (members.length === 1 || isMaybe) return undefined;
  const lines = members.flatMap((member) => broken(`| ${member}`, deeper(place)));
  return [" ".repeat(place.indent) + head.trimEnd(), ...lines.slice(0, -1), `${lines.at(-1)};`];
}

/** The members of a union; a type that is none is its only one. */
export function membersOf(union: string): string[] {
  return split(union, / \| /y).map((member) => member.replace(/ \| $/, ""));
}

/** The parts of a bracket on lines of their own. */
function brokenGroup(line: string, place: Place): string[] | undefined {
  const group = groupOf(line);
  if (group === undefined) return undefined;
  const { before, open, parts, after, isType } = group;
  const pad = " ".repeat(place.indent);
  if (open === "(" && isHugged(parts)) {
    const [first, ...inner] = brokenGroup(parts[0], place)!;
    return [`${pad}${before}(${first.trimStart()}`, ...inner.slice(0, -1), `${inner.at(-1)})${after}`];
  }
  const members = open === "(" && parts.length === 1 ? membersOf(parts[0]) : [];
  const inside = { indent: place.indent + 2, isType: isType || place.isType || members.length > 1 };
  if (members.length > 1) {
    return [`${pad}${before}(`, ...members.flatMap((member) => broken(`| ${member}`, inside)), `${pad})${after}`];
  }
  const lines = parts.flatMap((part) => broken(part + (open === "{" && inside.isType ? ";" : ","), inside));
  return [`${pad}${before}${open}`, ...lines, `${pad}${CLOSING[OPENING.indexOf(open)]}${after}`];
}

/** Whether a lone object or list is in the brackets of a call. */
function isHugged([part, ...others]: readonly string[]): boolean {
  return others.length === 0 && /^[{[]./.test(part) && closing(part, 0) === part.length - 1;
}

/** The bracket to break: the first one that holds most of the line. */
function groupOf(line: string): Group | undefined {
  let found: Group | undefined;
  for (let at = 0; at < line.length; at = skipped(line, at)) {
    if (!OPENING.includes(line[at])) continue;
    const end = closing(line, at);
    const inside = line.slice(at + 1, end).trim();
    const parts = split(inside, /[,;] /y).map((part) => part.replace(/[,;] $/, ""));
    const before = line.slice(0, at);
    const isType = before.endsWith(" as ") || split(inside, /; /y).length > 1;
    const group = { before, open: line[at], parts, after: line.slice(end + 1), isType };
    if (inside !== "" && (found === undefined || inside.length > found.parts.join("  ").length)) found = group;
  }
  return found;
}

/** Splits a text after separators that stand in no bracket. */
function split(text: string, separator: RegExp): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length;) {
    separator.lastIndex = at;
    const found = separator.exec(text);
    if (found === null) {
      at = skipped(text, at);
    } else {
      at += found[0].length;
      parts.push(text.slice(from, at));
      from = at;
    }
  }
  return [...parts, text.slice(from)];
}

/** The place after what begins at a place: a character, a text in quotes, a bracket with what is in it. */
function skipped(text: string, at: number): number {
  const character = text[at];
  if (character === '"' || character === "'" || character === "`") {
    let end = at + 1;
    while (end < text.length && text[end] !== character) end += text[end] === "\\" ? 2 : 1;
    return end + 1;
  }
  return OPENING.includes(character) ? closing(text, at) + 1 : at + 1;
}

/** Where the bracket at a place is closed. */
function closing(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end = skipped(text, end)) {
    if (CLOSING.includes(text[end])) return end;
  }
  return text.length;
}
