// SPDX-License-Identifier: MIT

import type { SequenceMachine, SequenceSubject } from "@bpf-token/fuzz";
import type { CoverageSum } from "@bpf-token/fuzz/node";
import type { KernelRelease } from "@bpf-token/uapi";
import type { WasmCompiler } from "@bpf-token/upstream";
import type { CoverageMap } from "@bpf-token/upstream/instrumented";
import type { StoredSequences, UpstreamStore } from "@bpf-token/upstream/node";
import type { ProgramIo } from "./command.js";
import type { KernelChoice } from "./input/kernels.js";
import { CannotTellError } from "./usage.js";

/** A subject that makes sequences itself, and what of it is counted. */
export interface FuzzMachine extends SequenceSubject {
  readonly choice: KernelChoice;
  readonly maps: readonly CoverageMap[];
}

/** Whether a kernel is a module, and so can make sequences by itself. */
export const isMachine = ({ own }: KernelChoice): boolean => own !== "kernel";

/**
 * Boots the modules for sequences; one that does not boot is left out, and told.
 *
 * @throws CannotTellError without a compiler, for a module of an earlier version, or where fewer than
 *   two boot.
 */
export async function openMachines(
  choices: readonly KernelChoice[],
  io: ProgramIo,
): Promise<readonly FuzzMachine[]> {
  const [{ storeFolder, UpstreamStore }, { SequenceMachine }, { ModuleError }] = await Promise.all([
    import("@bpf-token/upstream/node"),
    import("@bpf-token/fuzz"),
    import("@bpf-token/kernel-wasm"),
  ]);
  const store = new UpstreamStore(storeFolder(io.env));
  const model = await store.model(anyCompiler).catch(noCompiler);
  const mixed = new Set(choices.map(({ release }) => release)).size > 1;
  const open = (choice: KernelChoice): FuzzMachine => {
    const { module, coverage } = choice.own === "model" ? model : stored(store, choice);
    const { release } = choice;
    const boot = (of: StoredSequences) => new SequenceMachine(of.module, { release });
    return {
      choice,
      name: nameOf(choice),
      release,
      machine: boot({ module, coverage }),
      maps: coverage,
      ...(mixed ? { model: boot(model) } : {}),
    };
  };
  const machines = choices.flatMap((choice) => {
    try {
      return open(choice);
    } catch (error) {
      if (!(error instanceof ModuleError)) throw error;
      io.stderr.write(`bpf-token: fuzz: ${nameOf(choice)}: ${error.message}\n`);
      return [];
    }
  });
  if (machines.length > 1) return machines;
  throw new CannotTellError("fuzz: there are no two kernels left to compare");
}

/** A machine that writes down sequences for real kernels: the model, held to what they may be asked. */
export async function openTame(release: KernelRelease, io: ProgramIo): Promise<SequenceMachine> {
  const [{ storeFolder, UpstreamStore }, { SequenceMachine }] = await Promise.all([
    import("@bpf-token/upstream/node"),
    import("@bpf-token/fuzz"),
  ]);
  const store = new UpstreamStore(storeFolder(io.env));
  const { module } = await store.model(anyCompiler).catch(noCompiler);
  return new SequenceMachine(module, { release, tame: true });
}

/** As the command line has it, with its release. */
export function nameOf({ backend, release }: KernelChoice): string {
  return /^(native|guest)/.test(backend) ? backend : `${backend}@${release}`;
}

function stored(store: UpstreamStore, { backend }: KernelChoice): StoredSequences {
  const name = backend.slice("upstream:".length);
  const found = store.sequences(name);
  if (found !== undefined) return found;
  throw new CannotTellError(`upstream:${name} is of an earlier bpf-token: build it again`);
}

/** A clang of the machine, else the one from npm. */
export async function anyCompiler(): Promise<WasmCompiler> {
  const [{ yowaspCompiler }, { findSystemCompiler }] = await Promise.all([
    import("@bpf-token/upstream"),
    import("@bpf-token/upstream/node"),
  ]);
  return findSystemCompiler() ?? yowaspCompiler();
}

function noCompiler(cause: unknown): never {
  if (cause instanceof Error && cause.name === "CompilerError") {
    throw new CannotTellError(`fuzz links its kernels once: ${cause.message}`);
  }
  throw cause;
}

/** What a subject's run has reached of its files. */
export async function coverageSums(
  { machine, maps }: FuzzMachine,
  totals: ArrayLike<number>,
): Promise<readonly CoverageSum[]> {
  const { fileCoverage } = await import("@bpf-token/fuzz");
  const counts = machine.countsOf(totals);
  return maps.map((map) => {
    const { path, lines, branches } = fileCoverage(map, counts);
    const ways = branches.flatMap(({ line, column, taken, notTaken }) => [
      [`${line}:${column}+`, taken] as const,
      [`${line}:${column}-`, notTaken] as const,
    ]);
    const reached = ways.flatMap(([way, times]) => (times > 0 ? [way] : []));
    const run = [...lines].flatMap(([line, times]) => (times > 0 ? [line] : []));
    return {
      path,
      branches: { reached, all: ways.length },
      lines: { reached: run, all: lines.size },
    };
  });
}
