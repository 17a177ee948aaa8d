// SPDX-License-Identifier: MIT
import {
  type FaultKind,
  type Kernel,
  type LsmAnswer,
  type LsmControl,
  type LsmHook,
  NotModelledError,
} from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";

/** How the kernel of a proof is to be. */
export interface ProofKernelOptions {
  readonly release?: KernelRelease;
  readonly seed?: number;
  readonly unprivilegedBpfDisabled?: 0 | 1 | 2;
  readonly bpfSyscall?: boolean;
  readonly vmlinuxBtf?: boolean;
}

/** One question to a hook of a security module, as `LsmCall` of the model tells it. */
export interface HookCall {
  readonly hook: LsmHook;
  readonly pid: number;
  readonly [argument: string]: unknown;
}

/** The answers of a security module, and callbacks that give them. */
export interface ModelLsm extends LsmControl {
  on(hook: LsmHook, callback: (call: HookCall) => LsmAnswer | undefined): void;
  off(hook: LsmHook): void;
}

/** A kernel, and what only the model lets one turn. The shape of `WasmKernel`. */
export interface ModelKernel extends Kernel {
  readonly lsm: ModelLsm;
  failNth(kind: FaultKind, n: number): number;
  live(): Readonly<Record<string, number>>;
}

/** Makes kernels for a proof; whoever runs it closes them. */
export type OpenModel = (options?: ProofKernelOptions) => ModelKernel;

/**
 * A test of rules that a scenario cannot tell, because it needs a loop, a count of what is alive, a
 * fault or a hook. It runs on the model, and on modules in which a rule was broken on purpose.
 */
export interface Proof {
  /** One line that says what holds. */
  readonly name: string;
  /** The rules that it proves. */
  readonly rules: readonly string[];
  /** Throws where the rules do not hold. */
  readonly run: (open: OpenModel) => void;
}

/** What is compared came out otherwise. */
export class ProofFailed extends Error {
  override readonly name = "ProofFailed";
}

/**
 * Compares plain values by what they hold.
 *
 * @throws ProofFailed where they differ.
 */
export function proveEqual(actual: unknown, expected: unknown, what: string): void {
  const [is, wanted] = [show(actual), show(expected)];
  if (is !== wanted) throw new ProofFailed(`${what}: ${is}, not ${wanted}`);
}

/** @throws ProofFailed where the condition does not hold. */
export function prove(condition: boolean, what: string): asserts condition {
  if (!condition) throw new ProofFailed(what);
}

/**
 * Runs what the model does not have.
 *
 * @param what - the name that the error must give.
 * @throws ProofFailed where there is an answer, or another name.
 */
export function proveNotModelled(run: () => unknown, what: string): void {
  try {
    throw new ProofFailed(`${what}: ${show(run())}, not "not modelled"`);
  } catch (error) {
    if (!(error instanceof NotModelledError)) throw error;
    proveEqual(error.what, what, "what is not modelled");
  }
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v)) ?? "undefined"
  );
}
