// SPDX-License-Identifier: GPL-2.0-only

/** Functions that are named of those that a trap came out of. */
const NAMED = 3;

/** How engines write a function of WebAssembly into a stack, where the module has names. */
const frames = [/^\s*at ([\w.$]+) \(wasm:/, /^([\w.$]+)@\S*:wasm-function\[/];

/**
 * Why a module trapped, in one line: what the engine says, and in which functions, the innermost
 * first, where the module has their names.
 *
 * @param turnsLeft - what is left to its loops, if the module counts their turns.
 */
export function crashReason(cause: unknown, turnsLeft: number | undefined): string {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const [first, ...others] = functionsOf(error.stack ?? "").slice(0, NAMED);
  const by = others.length === 0 ? "" : `, called by ${others.join(", ")}`;
  const where = first === undefined ? "" : ` in ${first}${by}`;
  return turnsLeft === 0 ? `a loop does not end${where}` : `${error.message}${where}`;
}

function functionsOf(stack: string): readonly string[] {
  return stack.split("\n").flatMap((line) => {
    const name = frames.map((frame) => frame.exec(line)?.[1]).find((one) => one !== undefined);
    // The linker's name for its output stands before that of a function.
    return name === undefined ? [] : [`${name.replace(/^.*\.wasm\./, "")}()`];
  });
}
