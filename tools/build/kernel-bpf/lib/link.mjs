// SPDX-License-Identifier: MIT
// Links the objects. A signature mismatch is an error, because the linker would turn the call into a
// trap. What stays undefined is compared with committed lists.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isCallable, writeCalls } from "./calls.mjs";
import { BpfKernelError } from "./errors.mjs";
import { target } from "./flags.mjs";
import { hooksOf } from "./hooks.mjs";
import { writeStubs } from "./stubs.mjs";
import { exportedFunctions, importedFunctions } from "./wasm-imports.mjs";

const MEMORY = 512 * 1024 * 1024;
const linkFlags = [
  ...["-mwasm64", "--no-entry", "--export-table", "--gc-sections", "--table-base=8192"],
  ...["--stack-first", "-z", "stack-size=1048576", `--max-memory=${MEMORY}`, "--error-limit=0"],
  // The host resets the stack pointer after a trap.
  "--export=__stack_pointer",
  // kallsyms.c answers for the iterators that the module does not have.
  "--wrap=bpf_iter_prog_supported",
  // reads.c notes which programs read structures of the kernel.
  "--wrap=btf_struct_access",
  // coverage.c follows the instructions that the verifier inserts and removes.
  "--wrap=bpf_patch_insn_single",
  "--wrap=bpf_remove_insns",
  // net.c has no routes of IPv6.
  "--wrap=bpf_prog_test_run_skb",
];

/** The answer of each function that the module does not have, if one is known. */
function answersFor(hooks, recipe) {
  return (name) => {
    const listed = recipe.noEffect.get(name);
    if (listed !== undefined) return Number(listed);
    return name.startsWith("security_") ? hooks.answer(name) : undefined;
  };
}

/** The verifier replaces some kfuncs by functions with such names. */
const variants = ["", "_rdonly", "_locked", "_sleepable", "_non_sleepable"];

/** What a program calls and what calls a program: C that knows the types of the first link. */
async function compileCalls({ run, folder, programs, kfuncs, hooks, imports }) {
  const known = new Set(kfuncs);
  const exports = exportedFunctions(readFileSync(join(folder, "first.wasm")));
  const wrapped = imports.flatMap((fn) => {
    const about = fn.name.startsWith("security_") ? hooks.wrapper(fn.name) : undefined;
    return about === undefined ? [] : [[fn, about]];
  });
  const own = exports.filter(({ name }) => known.has(name));
  writeFileSync(join(folder, "gen/calls.c"), writeCalls(wrapped, own));
  const flags = [...target, "-Oz", "-ffunction-sections", "-fdata-sections", "-w"];
  await run(programs.clang, [...flags, "-c", "gen/calls.c", "-o", "o/calls.o"], "calls.c");
  return new Set(wrapped.map(([{ name }]) => name));
}

/** Links twice: to find what is undefined, and with stubs for it. */
export async function link({ run, folder, recipe, programs, objects, kfuncs: names }) {
  const ld = async (files, more, output) => {
    writeFileSync(join(folder, "link.rsp"), [...files, ...more, "-o", output].join("\n"));
    const { log } = await run(programs.linker, [...linkFlags, "@link.rsp"], "link");
    const mismatch = log.split("\n").filter((line) => line.includes("mismatch"));
    if (mismatch.length > 0)
      throw new BpfKernelError(`a call and its function differ:\n${mismatch.join("\n")}`);
    return log;
  };
  const kfuncs = names
    .filter(isCallable)
    .flatMap((name) => variants.map((variant) => name + variant));
  const kept = ["run_hook", ...kfuncs].map((name) => `--export-if-defined=${name}`);
  await ld(objects, ["--allow-undefined", ...kept], "first.wasm");
  const imports = importedFunctions(readFileSync(join(folder, "first.wasm"))).filter(
    ({ module }) => module === "env",
  );
  const hooks = hooksOf(folder);
  const called = await compileCalls({ run, folder, programs, kfuncs, hooks, imports });
  const functions = imports.filter(({ name }) => !called.has(name));
  const answerOf = answersFor(hooks, recipe);
  writeFileSync(join(folder, "gen/stubs.s"), writeStubs(functions, answerOf));
  await run(programs.clang, [...target, "-c", "gen/stubs.s", "-o", "o/stubs.o"], "stubs");
  const all = [...objects, "o/calls.o", "o/stubs.o"];
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
