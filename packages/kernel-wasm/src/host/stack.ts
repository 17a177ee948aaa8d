// SPDX-License-Identifier: GPL-2.0-only

/** How engines print a named WebAssembly function in a stack trace. */
const frames = [/^\s*at ([\w.$]+) \(wasm:/, /^([\w.$]+)@\S*:wasm-function\[/];

/** Returns the module's functions in the stack trace of an error, innermost first. */
export function functionsOf(error: unknown): readonly string[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return stack.split("\n").flatMap((line) => {
    const name = frames.map((frame) => frame.exec(line)?.[1]).find((one) => one !== undefined);
    // The linker puts the name of its output file before a function's name.
    return name === undefined ? [] : [name.replace(/^.*\.wasm\./, "")];
  });
}
