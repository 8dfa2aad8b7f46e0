/**
 * What the error classes of this project have in common, and the codes of the system's own errors.
 *
 * @module
 */

/** An error with a stable code, which programs may compare. Each class has a table of its codes. */
export abstract class CodedError<Code extends string> extends Error {
  /** Stable code, from the table of the class. */
  readonly code: Code;

  constructor(code: Code, message: string, { cause }: { readonly cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Numbers of errors for which Deno has no names: 84 and 122 on Linux, 69 and 92 on macOS, 27 on both. */
const UNNAMED: Readonly<Record<string, string>> = {
  27: "EFBIG",
  69: "EDQUOT",
  84: "EILSEQ",
  92: "EILSEQ",
  122: "EDQUOT",
};

/** The system's name for an error, as in ENOENT; empty where it has none. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && error.code !== undefined) return String(error.code);
  const [, number = ""] = /\(os error (\d+)\)/.exec(error.message) ?? [];
  return UNNAMED[number] ?? "";
}

/** The stable code of any error of this project, `unknown` for others: it is stored and sent as the reason. */
export function reasonOf(error: unknown): string {
  const coded = error instanceof Error && "code" in error && typeof error.code === "string";
  return coded ? String((error as { code: unknown }).code) : "unknown";
}
