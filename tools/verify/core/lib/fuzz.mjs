// SPDX-License-Identifier: MIT
import { listFiles } from "../../../build/core/lib/paths.mjs";
import { buildProgram, sanitizers } from "../../../build/core/lib/program.mjs";

/** The interpreter of byte sequences; the same files run on WebAssembly. */
export const sequenceSources = () =>
  listFiles("core-c/tests/fuzz", [".c"]).filter((path) => path.includes("/sequence"));

/** Puts the model's variables into sections that the fuzzer can restore. */
export const fuzzModelFlags = () => ["-include", "core-c/tests/fuzz/sections.h"];
/** The code that calls the interpreter from libFuzzer. */
export const fuzzerSources = ["fuzz", "setup_cache", "tally"].map(
  (name) => `core-c/tests/fuzz/${name}.c`,
);
export const fuzzHost = ["core-c/tests/fuzz/arena.c", "core-c/arch/native/traps.c"];

/**
 * Counts only the model's edges. The interpreter's edges would be noise, and its comparisons
 * contain no bytes of the input. String functions are not counted either. PC tables would cost a
 * fifth of the time, and `coverage:core` gives the same information.
 */
const counters = [
  "-fsanitize=fuzzer-no-link",
  "-fno-sanitize-coverage=trace-cmp,pc-table,indirect-calls",
];
const isCounted = (source) => !/^core-c\/(lib|arch)\//.test(source);

/** Flags that the clang must be able to link. */
export const fuzzerLink = ["-fsanitize=fuzzer-no-link,address,undefined"];
/** Finds uses of uninitialised memory instead of out-of-bounds accesses. */
const memorySanitizer = ["-fsanitize=memory", "-fno-sanitize-recover=all"];

/**
 * Builds the fuzzer.
 *
 * @param options - `compiler`; `out`, a folder; `memory`: with MSan instead of ASan and UBSan.
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
