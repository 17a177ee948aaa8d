// SPDX-License-Identifier: MIT

/**
 * Removes the flavour of a type name: `task_struct___old` is a variant of `task_struct`. The
 * flavour begins at the last `___` that has other characters than underscores on both sides.
 *
 * @example
 * ```ts
 * essentialName("task_struct___old"); // "task_struct"
 * ```
 */
export function essentialName(name: string): string {
  for (let at = name.lastIndexOf("___"); at > 0; at = name.lastIndexOf("___", at - 1)) {
    if (name[at - 1] !== "_" && at + 3 < name.length && name[at + 3] !== "_") {
      return name.slice(0, at);
    }
  }
  return name;
}
