// SPDX-License-Identifier: MIT
// Links the objects. A signature mismatch is an error, because the linker would turn the call into a
// trap. What stays undefined is compared with committed lists.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BpfKernelError } from "./errors.mjs";
import { target } from "./flags.mjs";
import { hookAnswers } from "./hooks.mjs";
import { writeStubs } from "./stubs.mjs";
import { importedFunctions } from "./wasm-imports.mjs";

const MEMORY = 512 * 1024 * 1024;
const linkFlags = [
  ...["-mwasm64", "--no-entry", "--export-table", "--gc-sections", "--table-base=8192"],
  ...["--stack-first", "-z", "stack-size=1048576", `--max-memory=${MEMORY}`, "--error-limit=0"],
  // The host resets the stack pointer after a trap.
  "--export=__stack_pointer",
];

/** The answer of each function that the module does not have, if one is known. */
function answersFor(folder, recipe) {
  const hook = hookAnswers(folder);
  return (name) => {
    const listed = recipe.noEffect.get(name);
    if (listed !== undefined) return Number(listed);
    return name.startsWith("security_") ? hook(name) : undefined;
  };
}

/** Links twice: to find what is undefined, and with stubs for it. */
export async function link({ run, folder, recipe, programs, objects }) {
  const ld = async (files, more, output) => {
    writeFileSync(join(folder, "link.rsp"), [...files, "-o", output].join("\n"));
    const args = [...linkFlags, ...more, "@link.rsp"];
    const { log } = await run(programs.linker, args, "link");
    const mismatch = log.split("\n").filter((line) => line.includes("mismatch"));
    if (mismatch.length > 0)
      throw new BpfKernelError(`a call and its function differ:\n${mismatch.join("\n")}`);
    return log;
  };
  await ld(objects, ["--allow-undefined"], "first.wasm");
  const functions = importedFunctions(readFileSync(join(folder, "first.wasm"))).filter(
    ({ module }) => module === "env",
  );
  const answerOf = answersFor(folder, recipe);
  writeFileSync(join(folder, "gen/stubs.s"), writeStubs(functions, answerOf));
  await run(programs.clang, [...target, "-c", "gen/stubs.s", "-o", "o/stubs.o"], "stubs");
  const all = [...objects, "o/stubs.o"];
  const data = await undefinedData(ld, all);
  writeFileSync(join(folder, "undefined.txt"), data.join("\n"));
  await ld(all, ["--allow-undefined-file=undefined.txt"], "linked.wasm");
  return {
    functions: functions.map(({ name }) => name).filter((name) => answerOf(name) === undefined),
    data,
  };
}

/** Data that stays undefined: the linker warns about each symbol. */
async function undefinedData(ld, objects) {
  const log = await ld(objects, ["--warn-unresolved-symbols"], "second.wasm");
  const names = [...log.matchAll(/undefined symbol: (\S+)/g)].map(([, name]) => name);
  return [...new Set(names)].sort();
}
