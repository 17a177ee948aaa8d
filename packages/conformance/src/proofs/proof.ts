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

/** Options of a proof's kernel. */
export interface ProofKernelOptions {
  readonly release?: KernelRelease;
  readonly seed?: number;
  readonly unprivilegedBpfDisabled?: 0 | 1 | 2;
  readonly bpfSyscall?: boolean;
  readonly vmlinuxBtf?: boolean;
}

/** One call of a security hook, as in `LsmCall` of the model. */
export interface HookCall {
  readonly hook: LsmHook;
  readonly pid: number;
  readonly [argument: string]: unknown;
}

/** The answers of a security module, and callbacks that return them. */
export interface ModelLsm extends LsmControl {
  on(hook: LsmHook, callback: (call: HookCall) => LsmAnswer | undefined): void;
  off(hook: LsmHook): void;
}

/** A kernel with the controls that only the model has. The shape of `WasmKernel`. */
export interface ModelKernel extends Kernel {
  readonly lsm: ModelLsm;
  failNth(kind: FaultKind, n: number): number;
  live(): Readonly<Record<string, number>>;
}

/** Creates kernels for a proof; the caller of the proof closes them. */
export type OpenModel = (options?: ProofKernelOptions) => ModelKernel;

/**
 * A test of rules that a scenario cannot express: it needs a loop, a count of live objects, a
 * fault or a hook. It runs on the model, and on modules with a deliberately broken rule.
 */
export interface Proof {
  /** One sentence that states the behaviour. */
  readonly name: string;
  /** The rules that it proves. */
  readonly rules: readonly string[];
  /** Throws if a rule does not hold. */
  readonly run: (open: OpenModel) => void;
}

/** A comparison in a proof failed. */
export class ProofFailed extends Error {
  override readonly name = "ProofFailed";
}

/**
 * Compares plain values by their contents.
 *
 * @throws ProofFailed if they differ.
 */
export function proveEqual(actual: unknown, expected: unknown, what: string): void {
  const [is, wanted] = [show(actual), show(expected)];
  if (is !== wanted) throw new ProofFailed(`${what}: ${is}, not ${wanted}`);
}

/** @throws ProofFailed if the condition is false. */
export function prove(condition: boolean, what: string): asserts condition {
  if (!condition) throw new ProofFailed(what);
}

/**
 * Expects that a call throws NotModelledError.
 *
 * @param what - the expected text of the error.
 * @throws ProofFailed if the call returns, or the text differs.
 */
export function proveNotModelled(run: () => unknown, what: string): void {
  try {
    throw new ProofFailed(`${what}: ${show(run())}, not "not modelled"`);
  } catch (error) {
    if (!(error instanceof NotModelledError)) throw error;
    proveEqual(error.what, what, "the unmodelled feature");
  }
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v)) ?? "undefined"
  );
}
