// SPDX-License-Identifier: MIT

/**
 * A name without its flavour: `task_struct___old` is another idea of `task_struct`. Three
 * underscores separate, if there is something else than an underscore on both sides; the last such
 * place counts.
 */
export function essentialName(name: string): string {
  for (let at = name.lastIndexOf("___"); at > 0; at = name.lastIndexOf("___", at - 1)) {
    if (name[at - 1] !== "_" && at + 3 < name.length && name[at + 3] !== "_") {
      return name.slice(0, at);
    }
  }
  return name;
}
