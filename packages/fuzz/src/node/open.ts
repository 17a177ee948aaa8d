// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ModuleError } from "@bpf-token/kernel-wasm";
import type { DiffSubject, ModelRun, Trace } from "@bpf-token/scenario";
import { configurationOf, KnownDifferences, knownDifferences } from "@bpf-token/scenario/known";
import type { Kernel } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import type { WasmCompiler } from "@bpf-token/upstream";
import type { CoverageMap } from "@bpf-token/upstream/instrumented";
import type { StoredSequences, UpstreamStore } from "@bpf-token/upstream/node";
import type { Comparison } from "../engine/comparison.js";
import type { CoverageSum } from "../engine/report.js";
import type { KernelComparisonOptions } from "../kernels/agreement.js";
import { KernelComparison } from "../kernels/kernel-comparison.js";
import { KernelPool } from "../kernels/kernel-pool.js";
import type { KernelSubject } from "../kernels/subject.js";
import { SequenceMachine } from "../machine/machine.js";
import { coverageSums } from "../modules/coverage-sum.js";
import { ModuleComparison, type ModuleSubject } from "../modules/module-comparison.js";

/**
 * The subjects of a run cannot be opened.
 *
 * @example
 * ```ts
 * try {
 *   await openComparison(requests, options);
 * } catch (error) {
 *   if (error instanceof FuzzSubjectError) console.error(error.message);
 * }
 * ```
 */
export class FuzzSubjectError extends Error {
  override readonly name = "FuzzSubjectError" as const;
}

/** A subject of a run. */
export interface SubjectRequest {
  /** The name in messages and reports: `model@6.12`, `native`. */
  readonly name: string;
  readonly release: KernelRelease;
  readonly own: DiffSubject["own"];
  /** The name of the module in the store; undefined for the model and real kernels. */
  readonly upstream?: string;
  /** Whether sequences can change the kernel for later ones, as root in a guest can. */
  readonly changes?: boolean;
  /** Whether the kernel boots for each sequence. It then needs no `runSequences()`. */
  readonly boots?: boolean;
  /**
   * Opens a kernel. A real one that does not boot for each sequence has `runSequences()`, as in
   * `@bpf-token/kernel-native`.
   */
  open(): Kernel;
  /** The same kernel for scenarios. */
  readonly scenarios: DiffSubject;
}

/** Options of {@link openComparison}. */
export interface OpenOptions {
  readonly store: UpstreamStore;
  /** Returns the compiler that links the model, once for each version of the packages. */
  readonly compiler: () => Promise<WasmCompiler>;
  /** Runs the models of releases. */
  readonly modelRun: ModelRun;
  /** Whether modules omit faults and LSM answers too, as they do with a real kernel. Default false. */
  readonly confined?: boolean;
  /** Called for a module that is skipped, because it does not boot. */
  readonly onSkippedSubject: (name: string, why: string) => void;
}

/** A comparison with open subjects. */
export interface OpenComparison {
  readonly comparison: Comparison;
  /** The names of the compared subjects. */
  readonly names: readonly string[];
  /** Returns the coverage of the upstream files. */
  coverage(): readonly CoverageSum[];
  close(): void;
}

/**
 * Returns whether a subject is a real kernel. The others are modules, which generate sequences.
 *
 * @example
 * ```ts
 * isReal({ own: "kernel" }); // true
 * ```
 */
export const isReal = ({ own }: Pick<SubjectRequest, "own">): boolean => own === "kernel";

/**
 * Opens subjects for a run. If one is a real kernel, the model of the first subject's release generates the
 * sequences, and all subjects replay them.
 *
 * @throws FuzzSubjectError if there is no compiler, if a module was built by an earlier version, or if fewer
 *   than two subjects can be compared.
 * @example
 * ```ts
 * const { comparison, names, close } = await openComparison([model, native], options);
 * const finding = new Fuzzer(comparison).runBlock();
 * close();
 * ```
 */
export async function openComparison(
  requests: readonly SubjectRequest[],
  options: OpenOptions,
): Promise<OpenComparison> {
  return requests.some(isReal) ? openKernels(requests, options) : openModules(requests, options);
}

async function openModules(
  requests: readonly SubjectRequest[],
  options: OpenOptions,
): Promise<OpenComparison> {
  const model = await modelOf(options);
  const mixed = new Set(requests.map(({ release }) => release)).size > 1;
  const opened = requests.flatMap((request) => {
    const { name, release, upstream, scenarios } = request;
    try {
      const { module, coverage } = upstream === undefined ? model : stored(options.store, upstream);
      const how = { release, confined: options.confined === true };
      const machine = new SequenceMachine(module, how);
      const other = mixed ? { model: new SequenceMachine(model.module, how) } : {};
      const subject: ModuleSubject = { name, release, machine, coverage, scenarios, ...other };
      return [{ subject, coverage }];
    } catch (error) {
      if (!(error instanceof ModuleError)) throw error;
      options.onSkippedSubject(name, error.message);
      return [];
    }
  });
  if (opened.length < 2)
    throw new FuzzSubjectError("fewer than two kernels boot, so there is nothing to compare");
  const subjects = opened.map(({ subject }) => subject);
  const comparison = new ModuleComparison(subjects, options.modelRun);
  const maps = opened.map(({ coverage }) => coverage);
  return {
    comparison,
    names: subjects.map(({ name }) => name),
    coverage: () => reached(comparison, maps),
    close: () => {},
  };
}

function reached(
  comparison: ModuleComparison,
  maps: readonly (readonly CoverageMap[])[],
): readonly CoverageSum[] {
  return comparison.subjects.flatMap(({ machine }, i) =>
    coverageSums(machine, maps[i] ?? [], comparison.totals(i)),
  );
}

async function openKernels(
  requests: readonly SubjectRequest[],
  options: OpenOptions,
): Promise<OpenComparison> {
  const [first] = requests;
  if (first === undefined || requests.length < 2) {
    throw new FuzzSubjectError("fewer than two kernels are given, so there is nothing to compare");
  }
  const { module } = await modelOf(options);
  const machine = new SequenceMachine(module, { release: first.release, confined: true });
  const stays = (request: SubjectRequest): boolean => isReal(request) && request.boots !== true;
  const pools = requests.map((request) => new KernelPool(request.open, stays(request)));
  const subjects = requests.map((request, i): KernelSubject => {
    const { name, release, own, changes } = request;
    const pool = pools[i] as KernelPool;
    return {
      name,
      release,
      own,
      run: (scenario) => pool.run(scenario),
      ...(stays(request) && { runSequences: (sequences) => pool.runSequences(sequences) }),
      ...(changes === true && { renew: () => pool.close() }),
    };
  });
  const { modelRun } = options;
  return {
    comparison: new KernelComparison(machine, subjects, { known: registry(), modelRun }),
    names: subjects.map(({ name }) => name),
    coverage: () => [],
    close: () => {
      for (const pool of pools) pool.close();
    },
  };
}

const KCONFIG = "/proc/config.gz";

/** Finds the known differences of kernels. The running kernel may have the config of its build. */
function registry(): KernelComparisonOptions["known"] {
  const found = new Map<string, KnownDifferences>();
  return ({ backend, release }) => {
    const known = found.get(backend) ?? knownOf({ backend, release });
    found.set(backend, known);
    return known;
  };
}

function knownOf(trace: Pick<Trace, "backend" | "release">): KnownDifferences {
  const hasConfig = trace.backend === "native" && existsSync(KCONFIG);
  const config = hasConfig ? gunzipSync(readFileSync(KCONFIG)).toString() : undefined;
  return new KnownDifferences(knownDifferences, "fuzz", configurationOf(trace, config));
}

async function modelOf({ store, compiler }: OpenOptions): Promise<StoredSequences> {
  try {
    return await store.model(compiler);
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== "CompilerError") throw cause;
    const why = `no compiler, which is needed to link the model once: ${cause.message}`;
    throw new FuzzSubjectError(why, { cause });
  }
}

function stored(store: UpstreamStore, name: string): StoredSequences {
  const found = store.sequences(name);
  if (found !== undefined) return found;
  throw new FuzzSubjectError(
    `upstream:${name} was built by an earlier version; build it again with 'bpf-token upstream build'`,
  );
}
