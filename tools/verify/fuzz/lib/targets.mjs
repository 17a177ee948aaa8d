// SPDX-License-Identifier: MIT
// What is fuzzed: each target with the function or program that reads an input, and the sources whose
// string literals are the words of its inputs.

const texts = (...sources) => ({ file: "texts.mjs", sources });
const binaries = (...sources) => ({ file: "binaries.mjs", sources });
/** `units` are compiled with the harness `native/NAME.c`; paths are relative to kernel-native. */
const native = (...units) => ({
  units,
  sources: units.map((unit) => `packages/kernel-native/native/${unit}`),
});

export const targets = {
  proc: texts("packages/delegation/src", "packages/diagnose/src/proc.ts"),
  settings: texts("packages/delegation/src"),
  explain: texts("packages/diagnose/src/explain"),
  recorded: texts("packages/diagnose/src/explain/strace", "packages/diagnose/src/evidence"),
  replay: texts("packages/diagnose/src/replay"),
  report: texts("packages/diagnose/src/facts.ts", "packages/diagnose/src/doctor"),
  scenarios: texts("packages/scenario/src/language", "packages/scenario/src/text"),
  patch: {
    ...texts("packages/upstream/src/patch.ts", "packages/upstream/src/mail.ts"),
    asynchronous: true,
  },
  elf: binaries("packages/object/src"),
  btf: binaries("packages/object/src/btf"),
  hook: native(
    "hook/config.c",
    "hook/json.c",
    "hook/masks.c",
    "hook/text.c",
    "hook/log.c",
    "hook/runtime.c",
  ),
  collector: native(
    ...["main", "facts", "manager", "mountinfo", "runsc", "seccomp"].map(
      (name) => `collector/${name}.c`,
    ),
    "mini.c",
  ),
  recorder: native(
    ...["files", "memory", "record"].map((name) => `recorder/${name}.c`),
    ...["facts", "manager", "mountinfo", "runsc"].map((name) => `collector/${name}.c`),
    "mini.c",
  ),
  frame: native("frame.c"),
  ids: native("enter.c"),
};
