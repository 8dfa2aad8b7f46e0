/**
 * Options that several commands which receive files have.
 *
 * @module
 */

import type { CollisionPolicy } from "../../warpdrive/files/mod.ts";
import { type Arguments, textOption, UsageError } from "../command.ts";

const POLICIES: readonly CollisionPolicy[] = ["rename", "skip", "overwrite"];

/** The help of the option that says what becomes of a file whose name is taken. */
export const COLLISION_OPTION = {
  type: "string",
  value: POLICIES.join(" | "),
  about: `what to do if a name is taken; default ${POLICIES[0]}, as in name (2)`,
} as const;

/** Reads {@link COLLISION_OPTION}. Throws UsageError. */
export function collisionPolicy(args: Arguments): CollisionPolicy {
  return choiceOption(args, "on-collision", POLICIES);
}

/**
 * A text option that is one of some words, by default the first of them.
 *
 * @throws UsageError
 */
export function choiceOption<T extends string>(
  args: Arguments,
  name: string,
  choices: readonly T[],
  usual: NoInfer<T> = choices[0],
): T {
  const text = textOption(args, name) ?? usual;
  const found = choices.find((one) => one === text);
  if (found === undefined) throw new UsageError(`Option --${name} is one of ${choices.join(", ")}, not "${text}"`);
  return found;
}
