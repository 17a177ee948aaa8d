// SPDX-License-Identifier: MIT
// The native programs of packages/kernel-native, and the machines that they are built for.
import { createRequire } from "node:module";

/**
 * Each program with its file in `prebuilds/linux-ARCH/`, its folder and further sources in
 * `packages/kernel-native/native/`, and how it is linked: `static` programs contain the C
 * library, `bare` ones and an `addon` use none. `header` is a header of another project that it needs.
 */
export const programs = {
  executor: {
    file: "bpf-exec",
    folder: "executor",
    sources: ["enter.c", "frame.c", "token_room.c"],
    link: "static",
  },
  addon: {
    file: "bpf-token.node",
    folder: "addon",
    sources: ["frame.c", "token_room.c", "intercepted/calls.c"],
    link: "addon",
  },
  recorder: {
    file: "bpf-token-record",
    folder: "recorder",
    sources: [
      ...["mini.c", "process.c"],
      ...["facts", "manager", "mountinfo", "runsc"].map((name) => `collector/${name}.c`),
    ],
    link: "bare",
  },
  collector: { file: "bpf-token-collect", folder: "collector", sources: ["mini.c"], link: "bare" },
  interceptor: {
    file: "bpf-token-intercept",
    folder: "interceptor",
    sources: ["mini.c", "process.c", "intercepted/calls.c"],
    link: "bare",
  },
  hook: {
    file: "bpf-token-hook",
    folder: "hook",
    sources: ["enter.c"],
    link: "bare",
    header: { name: "jsmn.h", debian: "libjsmn-dev" },
  },
};

/** Architectures as Node names them, with the e_machine of ELF and the compilers, best one first. */
export const machines = {
  x64: { elf: 62, triple: /^x86_64/, compilers: ["cc", "gcc", "clang", "x86_64-linux-gnu-gcc"] },
  arm64: {
    elf: 183,
    triple: /^aarch64/,
    compilers: ["cc", "gcc", "clang", "aarch64-linux-gnu-gcc"],
  },
};

const common = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"];

/** Without this option gcc turns the loop of memcpy() into a call of memcpy(); clang lacks it. */
const ownMemcpy = (gnu) => (gnu ? ["-fno-tree-loop-distribute-patterns"] : []);

/** Arguments of the compiler by kind of program; `gnu` is whether it is gcc. */
export const flags = {
  // Position-independent, so that the program is not at 0x400000: a number that a test passes as a
  // bad pointer must not point into the program.
  static: () => [
    ...common,
    // The two programs are a fifth of an installation.
    ...["-Os", "-D_GNU_SOURCE", "-static-pie", "-fPIE"],
    ...["-ffunction-sections", "-Wl,--gc-sections", "-s"],
  ],
  bare: (gnu) => [
    ...common,
    ...["-static", "-nostdlib", "-ffreestanding", "-fno-pie", "-fno-stack-protector"],
    ...ownMemcpy(gnu),
    ...[
      "-ffunction-sections",
      "-Wl,--gc-sections",
      "-Wl,--build-id=none",
      "-Wl,-z,noexecstack",
      // Nothing is relocated at the start, and on arm64 the protected page would be padding of 40 kB.
      "-Wl,-z,norelro",
      "-s",
    ],
  ],
  addon: (gnu) => [
    ...common,
    ...["-fPIC", "-shared", "-nostdlib", "-ffreestanding", "-fno-stack-protector"],
    ...["-fvisibility=hidden", ...ownMemcpy(gnu), "-DNAPI_VERSION=8"],
    ...["-I", createRequire(import.meta.url)("node-api-headers").include_dir],
    ...["-Wl,-s", "-Wl,-z,noexecstack"],
  ],
};

/** Paths of all programs for all architectures, relative to the folder `prebuilds`. */
export const prebuilds = Object.keys(machines).flatMap((arch) =>
  Object.values(programs).map(({ file }) => ({ arch, path: `linux-${arch}/${file}` })),
);
