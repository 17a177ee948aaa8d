// SPDX-License-Identifier: MIT
import type { Command } from "./command.js";

/** A command of the list of commands. */
export interface ListedCommand {
  /** One line of the help. */
  readonly summary: string;
  load(): Promise<Command>;
}

/** All commands by name. A command is loaded only when it is called. */
export const commands: Readonly<Record<string, ListedCommand>> = {
  audit: {
    summary: "finds delegations of this host that are wider than needed",
    load: async () => (await import("./commands/audit/audit.js")).audit,
  },
  bisect: {
    summary: "finds the commit of a kernel tree that changes an answer",
    load: async () => (await import("./commands/review/bisect.js")).bisect,
  },
  completion: {
    summary: "prints the completion of commands and options for a shell",
    load: async () => (await import("./commands/completion.js")).completion,
  },
  coverage: {
    summary: "measures which lines of upstream token.c scenarios run",
    load: async () => (await import("./commands/coverage/coverage.js")).coverage,
  },
  demo: {
    summary: "shows how a BPF token works, with the reason for every refusal",
    load: async () => (await import("./commands/demo.js")).demo,
  },
  diff: {
    summary: "compares what several kernels answer, step by step",
    load: async () => (await import("./commands/diff.js")).diffCommand,
  },
  doctor: {
    summary: "says why a process cannot use a token, and what to change",
    load: async () => (await import("./commands/doctor.js")).doctor,
  },
  explain: {
    summary: "says why a pasted error text, log or errno of BPF occurred",
    load: async () => (await import("./commands/explain.js")).explain,
  },
  exec: {
    summary: "runs a program in new namespaces with delegate options on its bpffs",
    load: async () => (await import("./commands/exec.js")).exec,
  },
  fuzz: {
    summary: "compares kernels by random sequences of calls",
    load: async () => (await import("./commands/fuzz/fuzz.js")).fuzz,
  },
  gen: {
    summary: "writes a typed TypeScript module that loads a BPF object",
    load: async () => (await import("./commands/gen.js")).gen,
  },
  hook: {
    summary: "installs an OCI hook that delegates to containers",
    load: async () => (await import("./commands/hook.js")).hook,
  },
  inspect: {
    summary: "prints what a BPF object holds, and the least policy to load it",
    load: async () => (await import("./commands/inspect.js")).inspect,
  },
  lint: {
    summary: "finds mistakes in the delegations of a repository",
    load: async () => (await import("./commands/lint/lint.js")).lint,
  },
  load: {
    summary: "loads a BPF object and prints which permission is missing, if any",
    load: async () => (await import("./commands/load/load.js")).load,
  },
  mcp: {
    summary: "answers assistants over the Model Context Protocol",
    load: async () => (await import("./commands/mcp.js")).mcp,
  },
  nri: {
    summary: "adds the OCI hook to containers of containerd, through NRI",
    load: async () => (await import("./commands/nri.js")).nri,
  },
  policy: {
    summary: "prints the least delegation for BPF objects, and a reason per bit",
    load: async () => (await import("./commands/policy/policy.js")).policy,
  },
  review: {
    summary: "tests what a kernel patch changes, and prints a report",
    load: async () => (await import("./commands/review/review.js")).review,
  },
  run: {
    summary: "runs scenario files on the model or on a real kernel",
    load: async () => (await import("./commands/run.js")).runScenarios,
  },
  support: {
    summary: "prints which kernels are available here, and what you may do",
    load: async () => (await import("./commands/support.js")).support,
  },
  test: {
    summary: "runs tests of BPF programs in Linux's own interpreter",
    load: async () => (await import("./commands/test/test.js")).test,
  },
  "test-run": {
    summary: "runs a BPF program on a packet in Linux's own interpreter",
    load: async () => (await import("./commands/verify/test-run.js")).testRun,
  },
  trace: {
    summary: "runs a program and explains its refused bpf() calls",
    load: async () => (await import("./commands/trace.js")).trace,
  },
  translate: {
    summary: "converts a delegation between mount options and other settings",
    load: async () => (await import("./commands/translate.js")).translate,
  },
  upstream: {
    summary: "compiles upstream token.c in place of the model's own",
    load: async () => (await import("./commands/upstream.js")).upstream,
  },
  verify: {
    summary: "asks Linux's own verifier about a BPF object, without root",
    load: async () => (await import("./commands/verify/verify.js")).verify,
  },
};

/** The commands in the order of the help, by what a reader looks for. */
export const commandGroups: readonly (readonly [title: string, names: readonly string[]])[] = [
  ["why a call is refused", ["doctor", "explain", "trace", "load"]],
  ["what to delegate, and what is too much", ["policy", "inspect", "translate", "lint", "audit"]],
  ["delegate to a program or to containers", ["exec", "hook", "nri"]],
  ["try it without root or a new kernel", ["demo", "verify", "test", "test-run", "run", "support"]],
  ["for kernel developers", ["diff", "fuzz", "review", "bisect", "coverage", "upstream"]],
  ["for other programs", ["gen", "mcp", "completion"]],
];
