// SPDX-License-Identifier: MIT
// Assembler for the functions that the sources call and the module does not have.

/** A signature in LLVM's assembler. */
function functype({ params, results }) {
  return `(${params.join(", ")}) -> (${results.join(", ")})`;
}

/** Ends the call: the host throws NotModelledError with the name. */
function notModelled(fn) {
  return {
    body: [`i64.const .Lname_${fn.name}`, "call not_modelled", "unreachable"],
    data: [
      `.section .rodata.name_${fn.name},"",@`,
      `.Lname_${fn.name}:`,
      `.asciz "${fn.name}"`,
      `.size .Lname_${fn.name}, ${fn.name.length + 1}`,
    ],
  };
}

/** Returns a number, or nothing. */
function answers(fn, value) {
  return { body: fn.results.map((type) => `${type}.const ${value}`), data: [] };
}

/** Passes the call to another function of the same type. */
function passes(fn, other) {
  const args = fn.params.map((_, i) => `local.get ${i}`);
  return {
    head: [`.functype ${other} ${functype(fn)}`],
    body: [...args, `call ${other}`],
    data: [],
  };
}

/**
 * Writes the stubs.
 *
 * @param functions - as `importedFunctions` returns them.
 * @param answerOf - a number, a function's name, or undefined for "not modelled".
 */
export function writeStubs(functions, answerOf) {
  const parts = functions.map((fn) => {
    const answer = answerOf(fn.name);
    const stub =
      answer === undefined
        ? notModelled(fn)
        : typeof answer === "number"
          ? answers(fn, answer)
          : passes(fn, answer);
    return [
      ...(stub.head ?? []),
      `.section .text.${fn.name},"",@`,
      `.globl ${fn.name}`,
      `.type ${fn.name},@function`,
      `${fn.name}:`,
      `.functype ${fn.name} ${functype(fn)}`,
      ...stub.body,
      "end_function",
      ...stub.data,
    ].join("\n");
  });
  return `.functype not_modelled (i64) -> ()\n${parts.join("\n")}\n`;
}
