// SPDX-License-Identifier: MIT
// Loads the programs of an object on Linux's own BPF subsystem, and reads the verifier's log.
import { BpfModuleError, WorkerError } from "@bpf-token/kernel-bpf";
import { readVerifierLog, type VerifierStep } from "@bpf-token/loader";
import {
  decodeLineInfo,
  type LineInfo,
  linkProgram,
  ObjectFormatError,
  type ObjectSpec,
  parseObject,
} from "@bpf-token/object";
import { BpfError } from "@bpf-token/syscall";
import { Capability } from "@bpf-token/uapi";
import { type ProgramVerdict, verifyInWorker } from "bpf-token/verify";
import type { StateCapability } from "../state/try-state.js";
import { KernelFilesError, type KernelSource, kernelOf, thread } from "./kernel.js";

/** An object, the kernel that verifies it, and the process that loads it. */
export interface VerifyQuestion {
  readonly kernel: KernelSource;
  readonly file: string;
  readonly bytes: Uint8Array;
  /** The capabilities that the process lacks. */
  readonly lacks: readonly StateCapability[];
  /** Whether the process is in its own user namespace and has a token that delegates everything. */
  readonly token: boolean;
  /** Whether to find the least capabilities of each program. */
  readonly least: boolean;
}

/** The verdict on a program, and its log as instructions. */
export interface ProgramView extends Omit<ProgramVerdict, "log"> {
  readonly steps: readonly VerifierStep[];
  /** How many instructions the log has. {@link ProgramView.steps} has at most {@link STEPS}. */
  readonly visited: number;
}

/** The verdicts so far, or why there are none. */
export type VerifyAnswer =
  | {
      readonly kind: "verdicts";
      readonly release: string;
      /** The programs of the object that load by themselves, in its order. */
      readonly names: readonly string[];
      readonly programs: readonly ProgramView[];
    }
  | { readonly kind: "error"; readonly message: string };

/** The longest log that the page shows. */
export const STEPS = 20_000;

const ALL = (1n << 41n) - 1n;
const EVERYTHING = {
  delegate_cmds: "any",
  delegate_maps: "any",
  delegate_progs: "any",
  delegate_attachs: "any",
};

/**
 * Verifies each program of an object.
 *
 * @param report - receives the verdicts so far.
 */
export async function verifyAnswer(
  question: VerifyQuestion,
  report: (partial: VerifyAnswer) => void,
): Promise<VerifyAnswer> {
  const { bytes, file, least } = question;
  try {
    const object = parseObject(bytes, { name: file });
    const kernel = await kernelOf(question.kernel);
    const names = object.programs.filter(({ autoload }) => autoload).map(({ name }) => name);
    const programs: ProgramView[] = [];
    const answer = (): VerifyAnswer => {
      return { kind: "verdicts", release: kernel.release, names, programs: [...programs] };
    };
    const options = { ...processOf(question), wholeLog: true, least };
    const request = { kernel, object: bytes, name: file, options };
    for await (const verdict of verifyInWorker(thread(), request)) {
      programs.push(viewOf(verdict, object));
      report(answer());
    }
    return answer();
  } catch (error) {
    return { kind: "error", message: expected(error) };
  }
}

/** The capabilities and the delegation of the process that loads the object. */
export function processOf({ lacks, token }: Pick<VerifyQuestion, "lacks" | "token">): {
  readonly capabilities: bigint;
  readonly delegation?: typeof EVERYTHING;
} {
  const capabilities = lacks.reduce((mask, name) => mask & ~(1n << BigInt(Capability[name])), ALL);
  return token ? { capabilities, delegation: EVERYTHING } : { capabilities };
}

/** The message of an error that the visitor's files or settings explain; throws any other. */
export function expected(error: unknown): string {
  if (error instanceof BpfError) return `the token cannot be created: ${error.message}`;
  const known =
    error instanceof ObjectFormatError ||
    error instanceof KernelFilesError ||
    error instanceof BpfModuleError ||
    error instanceof WorkerError;
  if (!known) throw error;
  return error.message;
}

function viewOf({ log, ...verdict }: ProgramVerdict, object: ObjectSpec): ProgramView {
  const { steps } = readVerifierLog(log, linesOf(object, verdict.name));
  return { ...verdict, steps: steps.slice(-STEPS), visited: steps.length };
}

function linesOf(object: ObjectSpec, name: string): readonly LineInfo[] {
  const program = object.programs.find((one) => one.name === name);
  const info = program && linkProgram(object, program).lineInfo;
  return info === undefined || object.btf === undefined ? [] : decodeLineInfo(info, object.btf);
}
