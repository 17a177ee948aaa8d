// SPDX-License-Identifier: MIT
import type { Scenario } from "@bpf-token/scenario";
import type { FlatArg, Kernel } from "@bpf-token/syscall";
import { Errno, errnoName, type KernelRelease } from "@bpf-token/uapi";
import { assertAllowedMaps } from "../reproducer/map-refusals.js";
import { type RecordedStep, recordScenario } from "../reproducer/recording.js";
import { assertAllowed, assertAllowedScenario, ReproducerRefused } from "../reproducer/refusals.js";

/**
 * The version of the format of {@link VectorFile}.
 *
 * @example
 * ```ts
 * const isKnown = JSON.parse(text).version === VECTOR_VERSION;
 * ```
 */
export const VECTOR_VERSION = 1 as const;

/** An argument of a call: a number (a text if it has more than 53 bits), the address of memory, or a bad address. */
export type VectorArg = number | string | { readonly memory: number } | { readonly bad: true };

/** Memory of a call: bytes in hexadecimal, then zeros up to the size. */
export interface VectorMemory {
  readonly hex: string;
  readonly size: number;
}

/** One call or operation. */
export interface VectorStep {
  /** Who makes it. Task 0 is root of the initial user namespace. */
  readonly task: number;
  /** `call` is a system call; the others are operations between tasks. */
  readonly op: RecordedStep["op"] | "settle";
  /** The call, for people. */
  readonly text: string;
  /** The name of the system call. */
  readonly call?: string;
  readonly args?: readonly VectorArg[];
  readonly memory?: readonly VectorMemory[];
  /** Addresses in memory: `to` is written at `offset` of `memory`. */
  readonly pointers?: readonly {
    readonly memory: number;
    readonly offset: number;
    readonly to: VectorArg;
  }[];
  /** The other task, the status of an exit, or the file descriptor that is sent. */
  readonly other?: number;
  readonly fd?: number;
  /** The kind of a namespace that is opened. */
  readonly namespace?: string;
  /** The errno that the kernel answers; absent for success. */
  readonly errno?: string;
  /** The number that it answers, where each kernel must answer this one: a file descriptor. */
  readonly answer?: number;
}

/** What some releases of Linux answer to a sequence of calls. */
export interface Vector {
  readonly name: string;
  /** The rules of `docs/spec` that it tests. */
  readonly rules: readonly string[];
  /** The releases that answer so. */
  readonly releases: readonly string[];
  /** What kernel.unprivileged_bpf_disabled must be; absent: any value. */
  readonly sysctl?: number;
  /** Set if a kernel may be built without what the calls need. */
  readonly configuration?: true;
  readonly tasks: number;
  readonly steps: readonly VectorStep[];
}

/** A file of vectors. */
export interface VectorFile {
  readonly version: typeof VECTOR_VERSION;
  /** The releases whose answers were recorded. Those between two answer like the older. */
  readonly releases: readonly string[];
  readonly vectors: readonly Vector[];
}

/** The vectors of a scenario, or why it has none. */
export interface ScenarioVectors {
  readonly vectors: readonly Vector[];
  /** Why a program must not make its calls, or cannot. */
  readonly refused?: string;
}

/**
 * Records a scenario on the kernels of some releases. Releases with the same calls and answers are one vector.
 *
 * @param open - opens a kernel of a release.
 * @example
 * ```ts
 * const { vectors } = vectorsOf(scenario, ["6.12", "7.3"], (release) => createKernel({ release }));
 * vectors[0].steps[0].call; // "bpf"
 * ```
 */
export function vectorsOf(
  scenario: Scenario,
  releases: readonly KernelRelease[],
  open: (release: KernelRelease) => Kernel,
): ScenarioVectors {
  const groups = new Map<string, { steps: readonly RecordedStep[]; releases: KernelRelease[] }>();
  try {
    assertAllowedScenario(scenario);
    for (const release of releases) {
      const steps = recordedOn(open(release), scenario);
      if (steps.length === 0) continue;
      assertAllowedMaps(steps);
      const key = JSON.stringify(steps.map(stepOf));
      const group = groups.get(key) ?? { steps, releases: [] };
      group.releases.push(release);
      groups.set(key, group);
    }
  } catch (error) {
    if (!(error instanceof ReproducerRefused)) throw error;
    return { vectors: [], refused: error.message };
  }
  const sysctl = scenario.sysctl?.["kernel.unprivileged_bpf_disabled"];
  const vectors = [...groups.values()].map(({ steps, releases: own }) => ({
    ...{ name: scenario.name, rules: scenario.rules ?? [], releases: own },
    ...(sysctl === undefined ? {} : { sysctl }),
    // A guest has the kernel of a distribution; the running one may have fewer options.
    ...(scenario.backends?.includes("native") === false ? { configuration: true as const } : {}),
    tasks: 1 + steps.filter(({ op }) => op === "fork").length,
    steps: steps.map(stepOf),
  }));
  return { vectors };
}

/** Answers that depend on no object of the machine. A vector ends at the first other answer. */
const refusals: ReadonlySet<number> = new Set([
  Errno.EPERM,
  Errno.EBADF,
  Errno.EINVAL,
  Errno.EFAULT,
  Errno.E2BIG,
]);

function recordedOn(kernel: Kernel, scenario: Scenario): readonly RecordedStep[] {
  try {
    const steps = recordScenario(kernel, scenario);
    for (const one of steps) {
      if (one.ret === undefined) {
        throw new ReproducerRefused(`'${one.text}' has no answer`);
      }
      assertAllowed(one, refusals);
    }
    return steps;
  } finally {
    kernel.close();
  }
}

function stepOf(step: RecordedStep): VectorStep {
  const { by: task, op, text, ret = 0, returns } = step;
  const errno = ret < 0 ? (errnoName(-ret) ?? String(-ret)) : undefined;
  return {
    ...{ task, op: op === "other" ? "settle" : op, text },
    ...operationOf(step),
    ...(errno === undefined ? {} : { errno }),
    ...(errno === undefined && returns === "fd" ? { answer: ret } : {}),
  };
}

function operationOf(step: RecordedStep): Partial<VectorStep> {
  switch (step.op) {
    case "call":
      return callOf(step);
    case "fork":
    case "wait":
      return { other: step.child };
    case "exit":
      return { other: step.status };
    case "send":
      return { other: step.to, fd: step.fd };
    case "open-namespace":
      return { other: step.of, namespace: step.kind };
    default:
      return {};
  }
}

function callOf({
  call,
  before,
}: Extract<RecordedStep, { readonly op: "call" }>): Partial<VectorStep> {
  const pointers = call.fixups.map(({ segment, offset, to }) => ({
    ...{ memory: segment, offset, to: argOf(to) },
  }));
  return {
    ...{ call: call.entry.name, args: call.args.map(argOf) },
    ...(before.length === 0 ? {} : { memory: before.map(memoryOf) }),
    ...(pointers.length === 0 ? {} : { pointers }),
  };
}

function argOf(arg: FlatArg): VectorArg {
  if (arg.kind === "seg") return { memory: arg.segment };
  if (arg.kind === "bad") return { bad: true };
  const value = BigInt.asUintN(64, BigInt(arg.value));
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `0x${value.toString(16)}`;
}

function memoryOf(bytes: Uint8Array): VectorMemory {
  const used = bytes.subarray(0, 1 + bytes.findLastIndex((byte) => byte !== 0));
  const hex = [...used].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { hex, size: bytes.length };
}
