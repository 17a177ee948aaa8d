// SPDX-License-Identifier: MIT
import type { Btf } from "@bpf-token/object";
import type { BpfError, CallInfo } from "@bpf-token/syscall";
import type { AttrByCmd, BpfCmdName } from "@bpf-token/uapi";
import type { Addresses } from "./symbols.js";

/** What a call is for: what the object asks for, or how the kernel is found out about. */
export type Purpose = "object" | "probe" | "token";

/** One bpf(2) that is to be made. */
export interface BpfStep {
  readonly do: "bpf";
  readonly cmd: BpfCmdName;
  /** Fields by name; those left out are 0. */
  readonly attr: Readonly<Record<string, unknown>>;
  readonly purpose: Purpose;
  /** What in the object it is for: the name of a map or program. */
  readonly subject?: string;
  /** Of a probe: what of the kernel is tried, where it has a name. */
  readonly feature?: string;
  /** The attribute as the kernel left it; there after the call. */
  after?: Uint8Array;
}

/** What the sequence of calls asks of whoever drives it. */
export type Step =
  | BpfStep
  | { readonly do: "open"; readonly path: string; readonly directory: boolean }
  | { readonly do: "close"; readonly fd: number }
  /** The whole of a file, or `-errno`. */
  | { readonly do: "read"; readonly path: string }
  /** The types of the kernel, if they can be had. */
  | { readonly do: "kernelBtf" }
  /** Addresses of the kernel's symbols, as far as they can be had. */
  | { readonly do: "symbols"; readonly names: readonly string[] }
  /** The capabilities that the task has, as a mask, if it can say so. */
  | { readonly do: "capabilities" }
  /** The error of the call that was just refused, with the reason if the kernel gives one. */
  | { readonly do: "explain"; readonly call: CallInfo; readonly errno: number };

/** What is answered to a step. */
export type Answer = number | bigint | Uint8Array | Btf | BpfError | Addresses | undefined;

/**
 * A sequence of calls, written once: whoever drives it makes them, waits for them, or only writes
 * them down.
 */
export type Steps<T> = Generator<Step, T, Answer>;

/** Asks for a bpf(2). Answers ≥ 0, or `-errno`. */
export function* bpf<C extends BpfCmdName>(
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
  about: Partial<Pick<BpfStep, "purpose" | "subject" | "feature">> = {},
): Steps<number> {
  return (yield { do: "bpf", cmd, attr: { ...attr }, purpose: "object", ...about }) as number;
}

/** Asks for a bpf(2) that answers in its attribute. */
export function* bpfInto<C extends BpfCmdName>(
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
  purpose: Purpose = "object",
): Steps<{ readonly ret: number; readonly after: Uint8Array }> {
  const step: BpfStep = { do: "bpf", cmd, attr: { ...attr }, purpose };
  const ret = (yield step) as number;
  return { ret, after: step.after ?? new Uint8Array() };
}

/** Opens a file or directory for reading. Answers a descriptor, or `-errno`. */
export function* open(path: string, directory = false): Steps<number> {
  return (yield { do: "open", path, directory }) as number;
}

/** Closes a descriptor. */
export function* close(fd: number): Steps<void> {
  yield { do: "close", fd };
}

/** Reads a file. Answers its bytes, or `-errno`. */
export function* read(path: string): Steps<Uint8Array | number> {
  return (yield { do: "read", path }) as Uint8Array | number;
}

/** The types of the kernel. */
export function* kernelBtf(): Steps<Btf | undefined> {
  return (yield { do: "kernelBtf" }) as Btf | undefined;
}

/** Addresses of symbols, by name; what is not found is missing. */
export function* symbols(names: readonly string[]): Steps<Addresses> {
  return (yield { do: "symbols", names }) as Addresses;
}

/** The capabilities of the task. */
export function* capabilities(): Steps<bigint | undefined> {
  return (yield { do: "capabilities" }) as bigint | undefined;
}

/** The error for a command that was just refused. */
export function* refusedBpf(cmd: BpfCmdName, errno: number): Steps<BpfError> {
  return yield* refusedCall({ syscall: "bpf", cmd: `BPF_${cmd}` }, errno);
}

/** The error for a call that was just refused. */
export function* refusedCall(call: CallInfo, errno: number): Steps<BpfError> {
  return (yield { do: "explain", call, errno: Math.abs(errno) }) as BpfError;
}
