// SPDX-License-Identifier: MIT
import { listFiles } from "../../../build/core/lib/paths.mjs";
import { buildProgram, sanitizers } from "../../../build/core/lib/program.mjs";

/** What interprets bytes; the same files run on WebAssembly. */
export const sequenceSources = () =>
  listFiles("core-c/tests/fuzz", [".c"]).filter((path) => path.includes("/sequence"));

/** The model's variables lie in sections that can be put back. */
export const fuzzModelFlags = () => ["-include", "core-c/tests/fuzz/sections.h"];
/** What calls the interpreter where libFuzzer is. */
export const fuzzerSources = ["fuzz", "setup_cache", "tally"].map(
  (name) => `core-c/tests/fuzz/${name}.c`,
);
export const fuzzHost = ["core-c/tests/fuzz/arena.c", "core-c/arch/native/traps.c"];

/**
 * Counters on the model's edges alone: the interpreter's would only be more to look at, and its
 * comparisons have no bytes of the input in them. How often strings are copied says nothing, either.
 * Tables of places would cost a fifth of the time, for a number that `coverage:core` tells better.
 */
const counters = [
  "-fsanitize=fuzzer-no-link",
  "-fno-sanitize-coverage=trace-cmp,pc-table,indirect-calls",
];
const isCounted = (source) => !/^core-c\/(lib|arch)\//.test(source);

/** What a clang must be able to link. */
export const fuzzerLink = ["-fsanitize=fuzzer-no-link,address,undefined"];
/** Finds what is read before it was written, in place of what is out of bounds. */
const memorySanitizer = ["-fsanitize=memory", "-fno-sanitize-recover=all"];

/**
 * Builds the fuzzer.
 *
 * @param options - `compiler`; `out`, a folder; `memory`: with MSan in place of ASan and UBSan.
 * @returns its path.
 */
export function buildFuzzer({ compiler, out, memory = false }) {
  return buildProgram({
    compiler,
    name: memory ? "fuzz-memory" : "fuzz",
    out,
    own: [...sequenceSources(), ...fuzzerSources],
    host: fuzzHost,
    flags: memory ? memorySanitizer : sanitizers,
    modelFlags: (source) => [...fuzzModelFlags(), ...(isCounted(source) ? counters : [])],
    linkFlags: ["-fsanitize=fuzzer"],
    optimise: "-O2",
  });
}
