// SPDX-License-Identifier: MIT
import type { Btf } from "@bpf-token/object";
import { BpfError, type CallInfo, type KernelLog } from "@bpf-token/syscall";
import type { AttrByCmd, BpfCmdName } from "@bpf-token/uapi";
import type { Addresses } from "./symbols.js";

/**
 * Why the loader makes a call: to load the object, to probe the kernel, or to create a token. See
 * {@link PlannedCall}.
 */
export type Purpose = "object" | "probe" | "token";

/** One bpf(2) call to make. */
export interface BpfStep {
  readonly do: "bpf";
  readonly cmd: BpfCmdName;
  /** Fields by name; omitted fields are 0. */
  readonly attr: Readonly<Record<string, unknown>>;
  readonly purpose: Purpose;
  /** The map or program in the object that the call is for. */
  readonly subject?: string;
  /** The kernel feature that a probe tests, where it has a name. */
  readonly feature?: string;
  /** The log that the common attributes of the call carry, since Linux 7.2. */
  readonly log?: KernelLog;
  /** The attribute bytes after the call. */
  after?: Uint8Array;
}

/** A step that the generator asks its driver to execute. */
export type Step =
  | BpfStep
  | { readonly do: "open"; readonly path: string; readonly directory: boolean }
  | { readonly do: "close"; readonly fd: number }
  /** Read a whole file; the answer is its bytes, or `-errno`. */
  | { readonly do: "read"; readonly path: string }
  /** Read the kernel's BTF, if possible. */
  | { readonly do: "kernelBtf" }
  /** Look up addresses of kernel symbols, as far as possible. */
  | { readonly do: "symbols"; readonly names: readonly string[] }
  /** Probe whether bpf(2) has common attributes. */
  | { readonly do: "commonAttrs" }
  /** Read the capabilities of the task as a mask, if possible. */
  | { readonly do: "capabilities" }
  /** Whether a seccomp filter is active. */
  | { readonly do: "hasFilter" }
  /** Create the error for the call that was just refused, with the kernel's reason if known. */
  | { readonly do: "explain"; readonly call: CallInfo; readonly errno: number };

/** The result of a step. */
export type Answer =
  | number
  | bigint
  | boolean
  | Uint8Array
  | Btf
  | BpfError
  | Addresses
  | undefined;

/**
 * A sequence of calls as a generator. The driver decides how to run it: synchronously,
 * asynchronously, or as a dry run that only records the calls.
 */
export type Steps<T> = Generator<Step, T, Answer>;

/** Makes a bpf(2) call. Returns a value ≥ 0, or `-errno`. */
export function* bpf<C extends BpfCmdName>(
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
  about: Partial<Pick<BpfStep, "purpose" | "subject" | "feature" | "log">> = {},
): Steps<number> {
  return (yield { do: "bpf", cmd, attr: { ...attr }, purpose: "object", ...about }) as number;
}

/** Makes a bpf(2) call that returns data in its attributes. */
export function* bpfInto<C extends BpfCmdName>(
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
  purpose: Purpose = "object",
): Steps<{ readonly ret: number; readonly after: Uint8Array }> {
  const step: BpfStep = { do: "bpf", cmd, attr: { ...attr }, purpose };
  const ret = (yield step) as number;
  return { ret, after: step.after ?? new Uint8Array() };
}

/** Opens a file or directory for reading. Returns a file descriptor, or `-errno`. */
export function* open(path: string, directory = false): Steps<number> {
  return (yield { do: "open", path, directory }) as number;
}

/** Closes a file descriptor. */
export function* close(fd: number): Steps<void> {
  yield { do: "close", fd };
}

/** Reads a file. Returns its bytes, or `-errno`. */
export function* read(path: string): Steps<Uint8Array | number> {
  return (yield { do: "read", path }) as Uint8Array | number;
}

/** Returns the kernel's BTF. */
export function* kernelBtf(): Steps<Btf | undefined> {
  return (yield { do: "kernelBtf" }) as Btf | undefined;
}

/** Returns addresses of symbols by name; unknown symbols are missing. */
export function* symbols(names: readonly string[]): Steps<Addresses> {
  return (yield { do: "symbols", names }) as Addresses;
}

/** Returns whether bpf(2) has common attributes. */
export function* commonAttrs(): Steps<boolean> {
  return (yield { do: "commonAttrs" }) as boolean;
}

/** Returns the capabilities of the task. */
export function* capabilities(): Steps<bigint | undefined> {
  return (yield { do: "capabilities" }) as bigint | undefined;
}

/** Returns whether a seccomp filter is active. */
export function* hasFilter(): Steps<boolean> {
  return (yield { do: "hasFilter" }) === true;
}

/** Returns the error for a bpf() command that was just refused. */
export function* refusedBpf(cmd: BpfCmdName, errno: number): Steps<BpfError> {
  return yield* refusedCall({ syscall: "bpf", cmd: `BPF_${cmd}` }, errno);
}

/** Returns the error for a call that was just refused. */
export function* refusedCall(call: CallInfo, errno: number): Steps<BpfError> {
  return (yield { do: "explain", call, errno: Math.abs(errno) }) as BpfError;
}

/** Adds the kernel's own words to an error. */
export function withText(error: BpfError, text: string): BpfError {
  if (text === "") return error;
  const { syscall, cmd, errno, refusal, unexplained } = error;
  const call = cmd === undefined ? { syscall } : { syscall, cmd };
  return new BpfError(call, errno, refusal, unexplained, text);
}
