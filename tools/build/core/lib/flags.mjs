// SPDX-License-Identifier: MIT
// Flags to compile and link the kernel. All compilers get the same flags.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { includeFolders, root } from "./paths.mjs";

/** The stack canary is at the far end of the stack, at address 0. */
const { stackSize } = JSON.parse(readFileSync(join(root, "core-c/arch/wasm/abi.json"), "utf8"));
const PAGE = 64 * 1024;
/** The initial and the maximum memory of an instance. */
export const memoryPages = { initial: 4, maximum: 1024 };

/** Sources by their names below core-c. */
const sources = (...names) => new Set(names.map((name) => `core-c/${name}.c`));

/** Sources that dominate the time of a call in `npm run bench`. */
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

/** Sources on the path of every token: optimised for size, but with small functions inlined. */
const warm = sources(
  "arch/wasm/uaccess",
  "fs/anon_inodes",
  "fs/namespace",
  "kernel/bpf/inode",
  "kernel/fork",
  "lib/string",
  "security/security",
);

/** Without PRE, which duplicates loads to save one on another path. */
const small = ["-Oz", "-mllvm", "-enable-pre=0"];
/** binaryen inlines after linking, because only then all callers are known. */
const smallest = [...small, "-fno-inline-functions"];

/** Optimisation flags of a source; most sources are optimised for size. */
export function optimisation(source) {
  if (hot.has(source) || source.startsWith("core-c/tests/fuzz/")) return ["-O2"];
  return warm.has(source) ? small : smallest;
}

/** Flags of the SDK. Modules with upstream source run millions of sequences, so speed matters. */
export const forSpeed = () => ["-O2"];

/**
 * Flags of the compiler, without {@link optimisation}.
 *
 * Each feature is named, because the defaults of compilers differ. NULL is a valid address here, so
 * the compiler must not remove checks for it.
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
 * Flags for an upstream source file, in a tree with the layout of the SDK: `include/`, and the file
 * at its path. Upstream source gets fewer warnings than the model, and no warning is an error.
 */
export function upstreamFlags() {
  const dropped = /^(-I|-Wextra$|-Werror$|-fmacro-prefix-map)/;
  return [
    ...compileFlags().filter((flag) => !dropped.test(flag)),
    "-O2",
    "-Iinclude",
    "-Iinclude/uapi",
    // `kernel/bpf/inode.c` includes "preload/bpf_preload.h".
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
    // Below 4096 a function's table index looks like the offset that kfree_rcu() takes instead.
    "--table-base=8192",
    `--initial-memory=${memoryPages.initial * PAGE}`,
    `--max-memory=${memoryPages.maximum * PAGE}`,
    "--gc-sections",
    "--strip-debug",
    "--fatal-warnings",
    ...exportNames.map((name) => `--export=${name}`),
  ];
}
