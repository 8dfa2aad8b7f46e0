/**
 * What a person types, line by line, and the answers to questions.
 *
 * @module
 */

/** Longer lines are cut: an answer is a word. */
const LINE_CHARS_MAX = 4096;

/** Reads lines of an input that is shared by all who ask. */
export class LineInput {
  readonly #pieces: AsyncIterator<Uint8Array | string>;
  readonly #decoder = new TextDecoder();
  #text = "";
  #ended = false;
  /** A read that nobody waits for any more, because its asker gave up. */
  #reading: Promise<void> | null = null;

  constructor(input: AsyncIterable<Uint8Array | string>) {
    this.#pieces = input[Symbol.asyncIterator]();
  }

  /** The next line without its end; `null` when there are no more, or when the signal fires. */
  async line(signal: AbortSignal): Promise<string | null> {
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    for (;;) {
      if (signal.aborted) return null;
      const end = this.#text.indexOf("\n");
      if (end >= 0) return this.#take(end);
      if (this.#ended) return this.#text === "" ? null : this.#take(this.#text.length);
      this.#reading ??= this.#read();
      await Promise.race([this.#reading, aborted]);
    }
  }

  #take(end: number): string {
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line.replace(/\r$/, "").slice(0, LINE_CHARS_MAX);
  }

  async #read(): Promise<void> {
    const { done, value } = await this.#pieces.next();
    this.#reading = null;
    if (done) this.#ended = true;
    else this.#add(typeof value === "string" ? value : this.#decoder.decode(value, { stream: true }));
  }

  #add(text: string): void {
    // A line without an end must not fill the memory.
    const whole = this.#text + text;
    this.#text = whole.includes("\n") ? whole : whole.slice(0, LINE_CHARS_MAX);
  }
}

/** What a question works with. */
export interface QuestionParts {
  readonly input: LineInput;
  /** Prints text as it is. */
  readonly out: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Asks until a line is one of the answers, in any case; `null` when nobody is there any more. */
export async function askUntil<T>(
  question: string,
  answers: Readonly<Record<string, T>>,
  { input, out, signal }: QuestionParts,
): Promise<T | null> {
  for (;;) {
    out(question);
    const line = await input.line(signal);
    if (line === null) return null;
    const answer = line.trim().toLowerCase();
    if (Object.hasOwn(answers, answer)) return answers[answer];
  }
}
