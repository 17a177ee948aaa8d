// SPDX-License-Identifier: MIT
// How the kernel is compiled and linked. Both compilers get the same flags.
import { includeFolders } from "./paths.mjs";

/** Bytes of stack; the canary lies at its far end, at address 0. */
const STACK = 16 * 1024;
const PAGE = 64 * 1024;
/** What an instance starts with, and what it may grow to. */
export const memoryPages = { initial: 4, maximum: 1024 };

/**
 * Where the time of a call goes is made fast; the rest, which is most of it, is made small. A source
 * is here because `npm run bench` shows it, not because every call runs through it.
 */
const hotSources = ["arch/wasm/entry", "kernel/bpf/token", "lib/heap", "lib/slab"].map(
  (name) => `core-c/${name}.c`,
);

/**
 * Small: only what C calls inline is inlined (the optimiser behind the linker does the rest, and
 * sees all callers), and no loads are doubled to save one on another path.
 */
const small = ["-Oz", "-fno-inline-functions", "-mllvm", "-enable-pre=0"];

/** Flags for what a source is optimised for. */
export function optimisation(source) {
  return hotSources.includes(source) ? ["-O2"] : small;
}

/**
 * Flags of the compiler, without {@link optimisation}.
 *
 * The features are named one by one, because the default sets of compilers differ; NULL is a valid
 * address here, so a check for it must not be optimised away.
 */
export function compileFlags(defines = []) {
  return [
    "--target=wasm32-unknown-unknown",
    "-std=gnu11",
    "-ffreestanding",
    "-nostdlibinc",
    "-mcpu=mvp",
    "-mbulk-memory",
    "-msign-ext",
    "-mmutable-globals",
    "-mnontrapping-fptoint",
    "-fvisibility=hidden",
    "-fno-delete-null-pointer-checks",
    "-fno-strict-aliasing",
    "-fwrapv",
    "-ffunction-sections",
    "-fdata-sections",
    "-fmacro-prefix-map=core-c/=",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wcast-function-type-strict",
    "-Wno-unused-parameter",
    ...includeFolders.map((folder) => `-I${folder}`),
    ...defines.map((define) => `-D${define}`),
  ];
}

/** Flags of the linker, without the objects. */
export function linkFlags(exportNames) {
  return [
    "--no-entry",
    "--stack-first",
    "-z",
    `stack-size=${STACK}`,
    // Below 4096 an index into the table looks like the offset that kfree_rcu() takes for a function.
    "--table-base=8192",
    `--initial-memory=${memoryPages.initial * PAGE}`,
    `--max-memory=${memoryPages.maximum * PAGE}`,
    "--gc-sections",
    "--strip-debug",
    "--fatal-warnings",
    ...exportNames.map((name) => `--export=${name}`),
  ];
}
