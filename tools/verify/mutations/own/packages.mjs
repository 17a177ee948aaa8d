// SPDX-License-Identifier: MIT
// The parts of this repository whose own source is mutated, with the tests that must notice it.

const ts = (folder, tests, least) => ({ kind: "ts", sources: [`${folder}/`], tests, least });
const native = (program, tests, least, more = []) => ({
  ...{ kind: "c", program, tests, least },
  sources: [`${program}/`, ...more].map((path) => `packages/kernel-native/native/${path}`),
});

/**
 * Each part: the folders or files of its sources, the test files (a `!` excludes), and the least share of found
 * mutants in percent.
 */
export const parts = {
  delegation: ts("packages/delegation/src", ["packages/delegation/test/*.test.ts"], 90),
  diagnose: ts(
    "packages/diagnose/src",
    // typed.node.test.ts reads the text of the sources, which Stryker changes everywhere; others take long.
    [
      "packages/diagnose/test/**/*.test.ts",
      "packages/bpf-token/test/audit/*.test.ts",
      ...["collector*", "*-filter*", "typed*", "mounts*", "explain/{hostile,wordings}*"].map(
        (name) => `!packages/diagnose/test/${name}`,
      ),
    ],
    90,
  ),
  policy: ts(
    "packages/bpf-token/src/policy",
    // policy-prove.test.ts starts a thread with the built package, which Stryker does not copy.
    [
      "packages/bpf-token/test/{policy,policy-rules,least}.test.ts",
      "packages/bpf-token/test/cli/policy*.test.ts",
      "!packages/bpf-token/test/cli/policy-prove.test.ts",
    ],
    90,
  ),
  token: ts(
    "packages/loader/src/token",
    [
      "packages/loader/test/{capabilities.test,token-steps.test,token.node.test,missing.node.test}.ts",
    ],
    90,
  ),
  hook: native(
    "hook",
    [
      "hook/hook",
      "hook/hook-calls",
      "hook/hook-edges",
      "hook/hook-faults",
      "hook/hook-fields",
      "hostile",
    ].map((name) => `packages/kernel-native/test/${name}.test.ts`),
    90,
    ["enter.c"],
  ),
  collector: native("collector", ["packages/diagnose/test/collector"], 90),
  recorder: native(
    "recorder",
    [
      "packages/diagnose/test/recorder-filter.node.test.ts",
      ...["recorder", "program-calls"].map((name) => `packages/kernel-native/test/${name}.test.ts`),
      "packages/kernel-native/test/recorder/*.test.ts",
      ...["recorded-calls", "recorder", "recorder-hostile", "trace"].map(
        (name) => `packages/bpf-token/test/cli/${name}.test.ts`,
      ),
    ],
    90,
  ),
  interceptor: native(
    "interceptor",
    [
      "packages/diagnose/test/interceptor-filter.node.test.ts",
      "packages/kernel-native/test/{interceptor,interceptor-serve,program-calls}.test.ts",
      "packages/bpf-token/test/cli/recorder.test.ts",
      "packages/bpf-token/test/cli/run-program.test.ts",
      "packages/bpf-token/test/cli/exec-interrupted.test.ts",
      "packages/bpf-token/test/cli/exec-foreign.test.ts",
      "packages/bpf-token/test/cli/exec-seams.test.ts",
    ],
    90,
  ),
};
