/**
 * The text of a state machine with numbered steps. It stops before a step when bytes are missing, and continues there.
 *
 * A step only looks until its bytes have arrived, and then makes its changes once. Steps
 * are in the order of their numbers, so that a complete value falls through them.
 *
 * @module
 */

import type { Lines } from "./text.ts";

/** Where a limit inside the message ends: a variable that holds an offset in the message. */
export type LimitEnd = string;

/** A step that is not placed yet. */
export type Label = string;

const LABEL = /\0(\d+)\0/g;

/** Writes steps. The variables of the text: `step`, `pos` and `end` as offsets in `bytes`, `start` of the message. */
export class Steps {
  readonly #lines: Lines;
  readonly #from: number;
  /** The number of each label's step, or the label of the step that is meant. */
  readonly #numbers: (number | Label)[] = [];
  #placed = 0;
  #step: Label = "";
  /** Where the lines of the step begin. */
  #bodyFrom = 0;
  /** Whether the step never ends. */
  #stopped = false;
  /** Whether the step has changed something. */
  #changed = false;
  /** Expressions that `pos` is still to be moved on by. */
  #ahead: string[] = [];
  #fixed = 0;
  readonly #variables: string[] = [];
  /** The limits around the present place. */
  limits: readonly LimitEnd[] = [];

  constructor(lines: Lines) {
    this.#lines = lines;
    this.#from = lines.length;
    this.begin(this.label());
  }

  /** A step for later. */
  label(): Label {
    return `\0${this.#numbers.push(-1) - 1}\0`;
  }

  /** A variable that keeps its value while the machine waits. */
  variable(wish: string, type: string, initial?: string): string {
    const name = this.#lines.name(wish);
    this.#variables.push(`let ${name}${initial === undefined ? `: ${type}` : ` = ${initial}`};`);
    return name;
  }

  /** Adds a statement that only looks. */
  look(line: string): void {
    this.#lines.add(line);
  }

  /** Adds the statement that a message is refused on a condition. */
  refuseIf(condition: string): void {
    this.flush();
    this.look(`if (${condition}) return scan.refuse(pos - start);`);
  }

  /** Adds a statement that changes something. */
  change(line: string): void {
    this.flush();
    this.#lines.add(line);
    this.#changed = true;
  }

  /** Moves on by a number of bytes, or an expression for one. Inside a limit each part is held against it. */
  advance(count: number | string): void {
    if (this.limits.length > 0) {
      this.flush();
      this.checkLimits(`pos - start + ${count}`, "pos - start");
    }
    if (typeof count === "number") this.#fixed += count;
    else this.#ahead.push(count);
  }

  /** Emits the moves there are. */
  flush(): void {
    const parts = this.#fixed > 0 ? [String(this.#fixed), ...this.#ahead] : this.#ahead;
    if (parts.length === 0) return;
    this.#ahead = [];
    this.#fixed = 0;
    this.#lines.add(parts.length === 1 && parts[0] === "1" ? "pos++;" : `pos += ${parts.join(" + ")};`);
    this.#changed = true;
  }

  /**
   * Emits that the message is refused where it will reach beyond a limit inside it, as the bytes up to `looked` say; all
   * of them, up to the first one beyond the limit, unless others are named.
   */
  checkLimits(reached: string, looked?: string): void {
    for (const limit of this.limits) {
      const beyond = `${limit} + 1`;
      this.look(
        `if (${reached} > ${limit}) return scan.exceed(${looked === undefined ? beyond : reached}, ${
          looked ?? beyond
        });`,
      );
    }
  }

  /** Emits that `count` bytes are waited for; the step begins anew then. */
  need(count: number): void {
    this.flush();
    if (this.#changed) this.next();
    const lacks = count === 0 ? "pos > end" : count === 1 ? "pos >= end" : `end - pos < ${count}`;
    this.look(`if (${lacks}) return scan.wait(pos - start, ${count});`);
  }

  /** Ends the step and begins another one. */
  next(label: Label = this.label()): void {
    this.goto(label);
    this.begin(label);
  }

  /** Ends the step with the choice of another one. A step in which nothing happens is that one itself. */
  goto(label: Label): void {
    this.flush();
    if (this.#lines.length === this.#bodyFrom) {
      this.#lines.close();
      this.#lines.cut(this.#bodyFrom - 1);
      this.#numbers[indexOf(this.#step)] = label;
      this.#placed--;
      return;
    }
    if (!this.#stopped) this.#lines.add(`step = ${label};`);
    this.#lines.close();
  }

  /** Emits that the message has no end but that of the input. */
  stop(): void {
    this.need(0);
    this.checkLimits("end - start");
    this.look("return scan.wait(end - start, 1);");
    this.#stopped = true;
  }

  /** Ends the step, which has chosen another one. */
  end(): void {
    this.flush();
    this.#lines.close();
  }

  /** Places a step and begins it. */
  begin(label: Label): void {
    this.#place(label);
    this.#lines.open(`if (step === ${label}) {`);
    this.#step = label;
    this.#bodyFrom = this.#lines.length;
    this.#changed = false;
    this.#stopped = false;
  }

  /** Emits a loop: what is repeated, in a step that first leaves on a condition. */
  loop(isOver: string, body: () => void): void {
    const head = this.label(), last = this.label(), leave = this.label();
    this.goto(head);
    const from = this.#lines.length;
    this.#lines.open(`while (step >= ${head} && step <= ${last}) {`);
    this.begin(head);
    this.#lines.block(`if (${isOver}) {`, () => {
      this.look(`step = ${leave};`);
      this.look("break;");
    });
    body();
    this.goto(head);
    this.#lines.close();
    this.#numbers[indexOf(last)] = this.#placed - 1;
    if (this.#numbers[indexOf(head)] === this.#placed - 1) this.#unwrapLoop(from, head);
    this.begin(leave);
  }

  /** A loop of one step needs one test. */
  #unwrapLoop(from: number, head: Label): void {
    const [, , ...lines] = this.#lines.cut(from);
    const body = lines.slice(0, -3);
    this.#lines.add(`while (step === ${head}) {`);
    for (const line of body) this.#lines.addRaw(line.slice(2));
    this.#lines.add("}");
  }

  /** Emits the end of the message; returns the declarations of the variables. */
  finish(): readonly string[] {
    this.flush();
    const last = this.label();
    this.goto(last);
    this.#place(last);
    this.look("if (pos > end) return scan.wait(pos - start, 0);");
    this.look("step = 0;");
    this.look("return scan.finish(pos - start);");
    this.#lines.rewrite(this.#from, (line) => line.replace(LABEL, (label) => this.#numberOf(label)));
    return this.#variables;
  }

  #place(label: Label): void {
    this.#numbers[indexOf(label)] = this.#placed++;
  }

  #numberOf(label: Label): string {
    const number = this.#numbers[indexOf(label)];
    return typeof number === "number" ? String(number) : this.#numberOf(number);
  }
}

function indexOf(label: Label): number {
  return Number(label.slice(1, -1));
}
