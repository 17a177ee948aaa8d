// SPDX-License-Identifier: MIT
import { openNativeKernel } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import {
  capabilityMask,
  createToken,
  delegateBpffs,
  getCapabilities,
  type Kernel,
  NotModelledError,
  raw,
  releaseOf,
  SafetyError,
  setCapabilities,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { type CapabilityName, errnoName } from "@bpf-token/uapi";
import { expect } from "vitest";
import { full, sample } from "../sample.ts";

/** The running kernel and a model of its release. */
interface Pair extends Disposable {
  readonly real: Kernel;
  readonly model: Kernel;
}

/** Opens one kernel of each kind. */
function openPair(): Pair {
  const real = openNativeKernel();
  const model = createKernel({ release: releaseOf(real) });
  const close = (): void => {
    real.close();
    model.close();
  };
  return { real, model, [Symbol.dispose]: close };
}

/** The result of one or several calls: a number of the kernel, or text. */
export type Answer = number | string;

/** A test case that runs on both kernels. */
export interface Case<W> {
  /** The unique label, against which known differences are matched. */
  readonly label: string;
  /** Makes the calls and cleans up. */
  readonly ask: (world: W) => Answer;
}

/** A known difference, with its reason. */
export interface Known {
  /** The pattern for `label: model …, real …`. */
  readonly match: RegExp;
  /** Why the model answers differently. */
  readonly why: string;
  /** Whether only some kernels differ, depending on their configuration. */
  readonly machine?: true;
}

/** The result of a matrix. */
interface Outcome {
  readonly asked: number;
  /** The number of cases that the model does not support, which are not compared. */
  readonly unmodelled: number;
  /** The differences that no known difference explains. */
  readonly differences: readonly string[];
  /** Known differences that did not occur and must be removed from the list. */
  readonly stale: readonly string[];
  /** The number of cases that each known difference explains. */
  readonly known: Readonly<Record<string, number>>;
}

/** Runs the same cases on both kernels, in fixtures that exist already. */
function askBoth<W>(
  worlds: { readonly real: W; readonly model: W },
  cases: readonly Case<W>[],
  known: readonly Known[] = [],
): Outcome {
  const differences: string[] = [];
  let unmodelled = 0;
  const met = new Map<Known, number>();
  for (const one of cases) {
    const [model, real] = [reply(worlds.model, one), reply(worlds.real, one)];
    if (model === real) continue;
    if (model.startsWith(UNMODELLED)) {
      unmodelled++;
      continue;
    }
    const line = `${one.label}: model ${model}, real ${real}`;
    const reason = known.find((entry) => entry.match.test(line));
    if (reason === undefined) differences.push(line);
    else met.set(reason, (met.get(reason) ?? 0) + 1);
  }
  return {
    asked: cases.length,
    unmodelled,
    differences,
    stale: known.filter((entry) => !entry.machine && !met.has(entry)).map((entry) => entry.why),
    known: Object.fromEntries(known.map((entry) => [entry.why, met.get(entry) ?? 0])),
  };
}

/** The start of the text for an unmodelled call. */
const UNMODELLED = "not modelled";

/** The quick run takes every case with this distance. */
const STEP = 13;

/** Runs cases on fresh kernels, and expects only known differences. */
export function expectAgreement<W>(
  what: string,
  make: (kernel: Kernel) => W,
  cases: readonly Case<W>[],
  known: readonly Known[] = [],
): void {
  using pair = openPair();
  const worlds = { real: make(pair.real), model: make(pair.model) };
  const outcome = askBoth(worlds, sample(cases, STEP), known);
  console.log(formatOutcome(what, outcome));
  expect(outcome.differences).toEqual([]);
  expect(outcome.unmodelled, "cases that the model does not support").toBeLessThan(
    outcome.asked * 0.9,
  );
  // A sample need not contain every known difference.
  if (full) expect(outcome.stale, "known differences that no longer occur").toEqual([]);
}

/** Formats the result for the report of a test run. */
function formatOutcome(what: string, outcome: Outcome): string {
  const known = Object.entries(outcome.known).map(([why, n]) => `\n  ${n} known to differ: ${why}`);
  return `${what}: ${outcome.asked} cases, ${outcome.unmodelled} not modelled, ${outcome.differences.length} differ${known.join("")}`;
}

function reply<W>(world: W, one: Case<W>): string {
  try {
    return show(one.ask(world));
  } catch (error) {
    if (error instanceof NotModelledError) return `${UNMODELLED} (${error.what})`;
    if (error instanceof SafetyError) return `kept from the kernel (${error.rule})`;
    throw new Error(`${one.label}: ${String(error)}`, { cause: error });
  }
}

/** Formats an answer: a number, or the name of an errno. */
export function show(answer: Answer): string {
  if (typeof answer === "string" || answer >= 0) return String(answer);
  return errnoName(answer) ?? String(answer);
}

/** Closes a returned file descriptor, and returns the answer. */
export function closing(task: Task, ret: number): number {
  if (ret >= 0) raw.close(task, ret);
  return ret;
}

/** The capability sets with which the tables of the specification were tested. */
export const capabilitySets: Readonly<Record<string, readonly CapabilityName[] | undefined>> = {
  none: [],
  bpf: ["BPF"],
  "bpf+net": ["BPF", "NET_ADMIN"],
  net: ["NET_ADMIN"],
  perfmon: ["PERFMON"],
  "bpf+perfmon": ["BPF", "PERFMON"],
  sys: ["SYS_ADMIN"],
  all: undefined,
};

/** Tasks of one kernel by name, `host/SET` and `app/SET`, which have the same token open. */
export interface Tasks {
  readonly tasks: Readonly<Record<string, Task>>;
  /** The token's file descriptor in each task. */
  readonly token: number;
  /** The file descriptor for a token that allows only a command that no case uses. */
  readonly useless: number;
}

/** The numbers of the tokens, which are the same in every task. */
const [tokenFd, uselessFd] = [20, 21];

/** Creates the tasks: two with every capability, and forks of them with fewer. */
export function makeTasks(kernel: Kernel): Tasks {
  const host = kernel.init.fork();
  const app = host.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app);
  place(app, host, "any", tokenFd);
  place(app, host, "prog_test_run", uselessFd);
  const tasks: Record<string, Task> = {};
  for (const [who, task] of Object.entries({ host, app })) {
    for (const [set, names] of Object.entries(capabilitySets)) {
      const fork = task.fork();
      if (names)
        setCapabilities(fork, { ...getCapabilities(fork), effective: capabilityMask(names) });
      tasks[`${who}/${set}`] = fork;
    }
  }
  return { tasks, token: tokenFd, useless: uselessFd };
}

/** Creates a token in `app` and a copy in `host` with the same number. */
function place(app: Task, host: Task, cmds: string, at: number): void {
  const all = { delegate_maps: "any", delegate_progs: "any", delegate_attachs: "any" };
  using bpffs = delegateBpffs(app, host, { delegate_cmds: cmds, ...all });
  using token = createToken(app, bpffs);
  using copy = token.sendTo(host);
  raw.dup2(app, token.fd, at);
  raw.dup2(host, copy.fd, at);
}

/** Returns a task by name. */
export function taskOf(world: Tasks, who: string): Task {
  const task = world.tasks[who];
  if (!task) throw new Error(`no task ${who}`);
  return task;
}

/** Generates numbers from 0 to bound-1, the same for the same seed (xorshift). */
export function randomNumbers(seed: number): (bound: number) => number {
  let state = seed | 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** A BTF object with one signed integer, `int`. */
export const tinyBtf: Uint8Array = Uint8Array.of(
  ...[0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0],
  ...[1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1],
  ...[0, 0x69, 0x6e, 0x74, 0],
);
