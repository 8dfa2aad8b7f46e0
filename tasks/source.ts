/**
 * Reads just enough of a TypeScript source for the checks: its imports, and its code without comments and texts.
 *
 * @module
 */

/** An import, a re-export or an `import()`, of values or of types. */
export interface Import {
  /** What is imported, as written. */
  specifier: string;
  /** Offset of its opening quote. */
  at: number;
  /** One-based line of the specifier. */
  line: number;
}

/** A source with everything blanked that is not code. */
export interface Masked {
  /** The source, of the same length, with spaces for comments and for what is in quotes or in a regular expression. */
  code: string;
  /** The quoted texts without `${}`, by the offset of their opening quote. */
  texts: Map<number, string>;
}

/** What can be before a regular expression; after anything else a slash divides. */
const REGEXP_BEFORE =
  /(?:^|[-+*%&|^!~?:;,.=<>({[}]|\b(?:return|typeof|case|in|of|do|else|throw|void|delete|await|yield))$/;
/** A regular expression is looked for only this far back, in characters. */
const BEFORE_CHARS_MAX = 80;

const IMPORTS = [
  /\b(?:import|export)\b[^;'"()=]*?\bfrom\s*(?=["'])/g,
  /\bimport\s*(?=["'])/g,
  /\bimport\s*\(\s*(?=["'`])/g,
];

/** All imports of a source, in the order of their places. An `import()` of a computed text is not found. */
export function importsOf(source: string): Import[] {
  const { code, texts } = mask(source);
  const found = new Map<number, Import>();
  for (const pattern of IMPORTS) {
    for (const match of code.matchAll(pattern)) {
      const at = match.index + match[0].length;
      const specifier = texts.get(at);
      if (specifier !== undefined) found.set(at, { specifier, at, line: lineAt(source, at) });
    }
  }
  return [...found].sort(([a], [b]) => a - b).map(([, entry]) => entry);
}

/** A source with other specifiers: what the function returns for each, undefined for one that stays. */
export function withImports(source: string, change: (specifier: string) => string | undefined): string {
  let text = "";
  let end = 0;
  for (const { specifier, at } of importsOf(source)) {
    const changed = change(specifier);
    if (changed === undefined) continue;
    text += source.slice(end, at + 1) + changed;
    end = at + 1 + specifier.length;
  }
  return text + source.slice(end);
}

/** One-based number of the line that holds the character at `offset`. */
export function lineAt(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf("\n"); at >= 0 && at < offset; at = source.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** Blanks comments, quoted texts and regular expressions; the code inside `${}` stays. */
export function mask(source: string): Masked {
  const texts = new Map<number, string>();
  // The templates around the place being read, each with the number of braces open in its `${}`.
  const templates: number[] = [];
  let code = "";
  const blankTo = (end: number) => {
    code += source.slice(code.length, end).replace(/[^\n]/g, " ");
  };
  const keep = () => {
    code += source[code.length];
  };
  const text = (opening: number, end: number) => {
    if (source[end - 1] !== "{") texts.set(opening, source.slice(opening + 1, end - 1));
    keep();
    blankTo(end);
  };
  while (code.length < source.length) {
    const at = code.length;
    const character = source[at];
    const depth = templates.length - 1;
    if (source.startsWith("//", at)) blankTo(endOf(source, "\n", at));
    else if (source.startsWith("/*", at)) blankTo(Math.min(endOf(source, "*/", at + 2) + 2, source.length));
    else if (character === "/" && startsRegExp(code)) blankTo(endOfRegExp(source, at));
    else if (character === '"' || character === "'") text(at, endOfQuoted(source, at, character));
    else if (character === "`" || (character === "}" && templates[depth] === 0)) {
      if (character === "}") templates.pop();
      const end = endOfTemplate(source, at);
      if (source[end - 1] === "{") templates.push(0);
      text(at, end);
    } else {
      if (depth >= 0 && character === "{") templates[depth] += 1;
      if (depth >= 0 && character === "}") templates[depth] -= 1;
      keep();
    }
  }
  return { code, texts };
}

function endOf(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from);
  return at < 0 ? source.length : at;
}

function startsRegExp(code: string): boolean {
  return REGEXP_BEFORE.test(code.slice(-BEFORE_CHARS_MAX).trimEnd());
}

function endOfRegExp(source: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < source.length && source[at] !== "\n"; at++) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === "[") inClass = true;
    else if (source[at] === "]") inClass = false;
    else if (source[at] === "/" && !inClass) return at + 1;
  }
  return start + 1;
}

function endOfQuoted(source: string, start: number, quote: string): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === quote || source[at] === "\n") return at + 1;
  }
  return source.length;
}

/** The end of a template's text: after its closing quote, or after the `${` that interrupts it. */
function endOfTemplate(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === "`") return at + 1;
    else if (source.startsWith("${", at)) return at + 2;
  }
  return source.length;
}
