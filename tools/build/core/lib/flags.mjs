// SPDX-License-Identifier: MIT
// How the kernel is compiled and linked. Both compilers get the same flags.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { includeFolders, root } from "./paths.mjs";

/** The canary lies at the far end of the stack, at address 0. */
const { stackSize } = JSON.parse(readFileSync(join(root, "core-c/arch/wasm/abi.json"), "utf8"));
const PAGE = 64 * 1024;
/** What an instance starts with, and what it may grow to. */
export const memoryPages = { initial: 4, maximum: 1024 };

/** Sources by their names below core-c. */
const sources = (...names) => new Set(names.map((name) => `core-c/${name}.c`));

/** Where the time of a call goes, as `npm run bench` shows it. */
const hot = sources(
  "arch/wasm/entry",
  "fs/dcache",
  "fs/file",
  "fs/file_table",
  "fs/inode",
  "fs/libfs",
  "fs/permission",
  "kernel/bpf/syscall",
  "kernel/bpf/syscall_token",
  "kernel/bpf/token",
  "kernel/capability",
  "kernel/workqueue",
  "lib/heap",
  "lib/slab",
  "security/commoncap",
);

/** What every token runs through: small, but not at the price of a call for each little function. */
const warm = sources(
  "arch/wasm/uaccess",
  "fs/anon_inodes",
  "fs/namespace",
  "kernel/bpf/inode",
  "kernel/fork",
  "lib/string",
  "security/security",
);

/** No load is doubled to save one on another path. */
const small = ["-Oz", "-mllvm", "-enable-pre=0"];
/** What is inlined here, the optimiser behind the linker decides: it sees all callers. */
const smallest = [...small, "-fno-inline-functions"];

/** Flags for what a source is optimised for: most of it for size. */
export function optimisation(source) {
  if (hot.has(source) || source.startsWith("core-c/tests/fuzz/")) return ["-O2"];
  return warm.has(source) ? small : smallest;
}

/** The same for the SDK: modules with a kernel's own text are made to be run by the million. */
export const forSpeed = () => ["-O2"];

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

/**
 * Flags for a file of the kernel's own, in a tree as the SDK lays it out: `include/`, and the file
 * at its path. It is held to fewer warnings than ours, and none of them is an error.
 */
export function upstreamFlags() {
  const dropped = /^(-I|-Wextra$|-Werror$|-fmacro-prefix-map)/;
  return [
    ...compileFlags().filter((flag) => !dropped.test(flag)),
    "-O2",
    "-Iinclude",
    "-Iinclude/uapi",
    // "preload/bpf_preload.h" of inode.c
    "-iquote",
    "kernel/bpf",
  ];
}

/** Flags of the linker, without the objects. */
export function linkFlags(exportNames) {
  return [
    "--no-entry",
    "--stack-first",
    "-z",
    `stack-size=${stackSize}`,
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
