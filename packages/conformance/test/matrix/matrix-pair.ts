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

/** What a call or a few of them came to: the kernel's number, or words. */
export type Answer = number | string;

/** One question that both kernels are asked. */
export interface Case<W> {
  /** Unlike that of any other case; what known differences are matched against. */
  readonly label: string;
  /** Asks; leaves nothing behind. */
  readonly ask: (world: W) => Answer;
}

/** Differences that are known, with the reason why they stay. */
export interface Known {
  /** Matched against `label: model …, real …`. */
  readonly match: RegExp;
  /** Why the model answers otherwise. */
  readonly why: string;
  /** It is so on some kernels only, by how they were built: elsewhere nothing may differ. */
  readonly machine?: true;
}

/** What a matrix came to. */
interface Outcome {
  readonly asked: number;
  /** Cases that the model does not have: it says so, and nothing is compared. */
  readonly unmodelled: number;
  /** Those that no known difference explains. */
  readonly differences: readonly string[];
  /** Known differences that were not met: they have to be taken off the list. */
  readonly stale: readonly string[];
  /** How many cases each known difference explains. */
  readonly known: Readonly<Record<string, number>>;
}

/** Asks both kernels the same questions, one world of each kind made beforehand. */
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

/** How an answer of the model begins that is none. */
const UNMODELLED = "not modelled";

/** How far apart cases are that the quick run takes. */
const STEP = 13;

/** Asks fresh kernels of both kinds, and expects that only what is known differs. */
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
  expect(outcome.unmodelled, "cases that only the kernel has").toBeLessThan(outcome.asked * 0.9);
  // A sample need not meet every known difference.
  if (full) expect(outcome.stale, "known differences that are none any more").toEqual([]);
}

/** One line for the report of a test run. */
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

/** An answer as text: a number, or the name of an errno. */
export function show(answer: Answer): string {
  if (typeof answer === "string" || answer >= 0) return String(answer);
  return errnoName(answer) ?? String(answer);
}

/** Closes what a call returned, if it returned a descriptor; gives the answer on. */
export function closing(task: Task, ret: number): number {
  if (ret >= 0) raw.close(task, ret);
  return ret;
}

/** The capability sets that the tables of the specification were tested with. */
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

/** Tasks of one kernel, by name: `host/SET` and `app/SET`, all with the same token open. */
export interface Tasks {
  readonly tasks: Readonly<Record<string, Task>>;
  /** The token's descriptor in each of them. */
  readonly token: number;
  /** One of a token that allows nothing but a command that nobody asks for here. */
  readonly useless: number;
}

/** The number that both tokens have in every task. */
const [tokenFd, uselessFd] = [20, 21];

/** Makes the tasks: two users with every capability, and forks of them with fewer. */
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

/** A token in `app`, and a copy in `host`, under the same number. */
function place(app: Task, host: Task, cmds: string, at: number): void {
  const all = { delegate_maps: "any", delegate_progs: "any", delegate_attachs: "any" };
  using bpffs = delegateBpffs(app, host, { delegate_cmds: cmds, ...all });
  using token = createToken(app, bpffs);
  using copy = token.sendTo(host);
  raw.dup2(app, token.fd, at);
  raw.dup2(host, copy.fd, at);
}

/** A task of a world, by name. */
export function taskOf(world: Tasks, who: string): Task {
  const task = world.tasks[who];
  if (!task) throw new Error(`no task ${who}`);
  return task;
}

/** Numbers 0…bound-1, always the same ones for a seed (xorshift). */
export function randomNumbers(seed: number): (bound: number) => number {
  let state = seed | 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** A BTF object of one signed number, `int`. */
export const tinyBtf: Uint8Array = Uint8Array.of(
  ...[0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0],
  ...[1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1],
  ...[0, 0x69, 0x6e, 0x74, 0],
);
