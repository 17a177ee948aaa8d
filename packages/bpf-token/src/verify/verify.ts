// SPDX-License-Identifier: MIT
import type { BpfKernel, BpfTask } from "@bpf-token/kernel-bpf";
import { Collection, explainLog, LoadError, Token, verifierLogOf } from "@bpf-token/loader";
import { Btf, type ObjectSpec, type ProgramSpec } from "@bpf-token/object";
import {
  createToken,
  type DelegationOptions,
  delegateBpffs,
  KernelLostError,
  NotModelledError,
  setCapabilities,
  type Task,
} from "@bpf-token/syscall";
import { Capability } from "@bpf-token/uapi";
import { typeName } from "../inspect/type-name.js";
import { gapOf } from "./gap.js";
import { findLeast, type LeastCapability } from "./least.js";
import { type LoggedTask, statisticsOf, withLog } from "./statistics.js";

/** Options of {@link verifyObject}. */
export interface VerifyOptions {
  /** The programs to load. Default: all whose `SEC()` does not begin with `?`. */
  readonly programs?: readonly string[];
  /** The effective capabilities of the process, one bit each. Default: all. */
  readonly capabilities?: bigint;
  /**
   * What a token delegates. The process is then in its own user namespace and uses the token.
   * Default: no token; the process is in the initial user namespace.
   */
  readonly delegation?: DelegationOptions;
  /**
   * Whether the log has every instruction of every path. Default false: the log of an accepted program
   * has none, that of a refused one has the path to the error.
   */
  readonly wholeLog?: boolean;
  /** Whether to find the least capabilities with which the kernel accepts a program. Default false. */
  readonly least?: boolean;
  /** How many instructions of a refusal are explained. Default 10. */
  readonly steps?: number;
}

/** The verdict on one program, which was loaded alone. */
export interface ProgramVerdict {
  readonly name: string;
  /** The program type: `xdp`. */
  readonly type: string;
  /**
   * `unmodelled` if the module does not have a function that the load needs; `unfinished` if the
   * verifier did not end within the time limit of {@link verifyInWorker}.
   */
  readonly verdict: "accepted" | "refused" | "unmodelled" | "unfinished";
  /** Why the program was not accepted; empty for an accepted program. */
  readonly reason: string;
  /** The name of the errno; null if no call was refused. */
  readonly code: string | null;
  /** The instructions that the verifier processed; null if it did not end. */
  readonly instructions: number | null;
  /** The states that the verifier kept; null if it did not end. */
  readonly states: number | null;
  /** The verifier's error with the source lines; empty if it did not refuse. */
  readonly explanation: string;
  /** The verifier's log. */
  readonly log: string;
  /** The capabilities that BPF_PROG_LOAD checked, and whether the process has each. */
  readonly capabilities: readonly { readonly name: string; readonly granted: boolean }[];
  /**
   * The least capabilities: the kernel accepts the program with them, and refuses it without any of
   * them. Null if {@link VerifyOptions.least} did not ask, or without a verdict.
   */
  readonly least: readonly LeastCapability[] | null;
}

const LOWEST = (1n << 41n) - 1n;
const capabilityNames = new Map<number, string>(
  Object.entries(Capability).map(([name, number]) => [number, `CAP_${name}`]),
);

/**
 * Loads each program of an object alone on Linux's own BPF subsystem, and returns the verdicts.
 *
 * @param kernel - a fresh kernel. It is as before afterwards.
 * @throws RangeError for a program that the object does not have; BpfError if the token cannot be
 *   created.
 * @example
 * ```ts
 * const [first] = verifyObject(kernel, parseObject(bytes, { name: "program.bpf.o" }));
 * console.log(first?.verdict, first?.instructions); // accepted 13
 * ```
 */
export function verifyObject(
  kernel: BpfKernel,
  object: ObjectSpec,
  options: VerifyOptions = {},
): readonly ProgramVerdict[] {
  const verdicts: ProgramVerdict[] = [];
  for (const step of verifySteps(kernel, object, options))
    if (typeof step !== "string") verdicts.push(step);
  return verdicts;
}

/** Yields the name of each program, once or several times, and then the verdict on it. */
export function* verifySteps(
  kernel: BpfKernel,
  object: ObjectSpec,
  options: VerifyOptions,
): Generator<string | ProgramVerdict> {
  const chosen = chosenPrograms(object, options);
  const kernelBtf = Btf.parse(kernel.btf);
  const before = kernel.snapshot();
  try {
    for (const program of chosen) {
      const load = (more: VerifyOptions): ProgramVerdict => {
        kernel.restore(before);
        return verifyProgram(kernel, {
          object,
          program,
          kernelBtf,
          options: { ...options, ...more },
        });
      };
      yield program.name;
      const verdict = load({});
      if (options.least !== true || verdict.verdict !== "accepted") {
        yield verdict;
        continue;
      }
      const steps = findLeast((options.capabilities ?? LOWEST) & LOWEST, (capabilities) =>
        load({ capabilities, wholeLog: false }),
      );
      let step = steps.next();
      for (; !step.done; step = steps.next()) yield program.name;
      yield { ...verdict, least: step.value };
    }
  } finally {
    kernel.restore(before);
  }
}

/** Returns the programs that the options choose. */
export function chosenPrograms(
  object: ObjectSpec,
  { programs }: VerifyOptions,
): readonly ProgramSpec[] {
  if (programs === undefined) return object.programs.filter(({ autoload }) => autoload);
  return programs.map((name) => {
    const found = object.programs.find((program) => program.name === name);
    if (found === undefined) throw new RangeError(`the object has no program '${name}'`);
    return found;
  });
}

interface Work {
  readonly object: ObjectSpec;
  readonly program: ProgramSpec;
  readonly kernelBtf: Btf;
  readonly options: VerifyOptions;
}

/** Creates the process of a load: its user namespace, token and capabilities. */
function prepare(
  kernel: BpfKernel,
  { delegation, capabilities }: VerifyOptions,
): { readonly task: BpfTask; readonly token: Token | undefined } {
  const task = delegation === undefined ? kernel.init : kernel.createChild();
  const token =
    delegation === undefined
      ? undefined
      : Token.of(createToken(task, delegateBpffs(task, kernel.init, delegation)));
  if (capabilities !== undefined) {
    const mask = capabilities & LOWEST;
    setCapabilities(task, { effective: mask, permitted: mask, inheritable: 0n });
  }
  return { task, token };
}

function verifyProgram(kernel: BpfKernel, work: Work): ProgramVerdict {
  const { program, options } = work;
  const { task, token } = prepare(kernel, options);
  const logged = withLog(task, options.wholeLog === true);
  const about = aboutProgram(program);
  try {
    load(logged.task, token, work);
    return { ...about, ...accepted(logged.log()), capabilities: asked(logged) };
  } catch (error) {
    const gap = error instanceof LoadError ? gapOf(error) : undefined;
    if (gap !== undefined) return { ...about, ...none, verdict: "unmodelled", reason: gap };
    if (error instanceof LoadError)
      return { ...about, ...refused(error, work, logged.log()), capabilities: asked(logged) };
    if (!(error instanceof NotModelledError) && !(error instanceof KernelLostError)) throw error;
    return { ...about, ...none, verdict: "unmodelled", reason: error.message };
  }
}

function load(task: Task, token: Token | undefined, work: Work): void {
  const { object, program, kernelBtf } = work;
  const { config = "" } = task.kernel;
  Collection.load(task, object, {
    token: token ?? "never",
    programs: (one) => one === program,
    kernelBtf,
    kconfig: config,
    env: {},
  }).close();
}

const none = {
  code: null,
  instructions: null,
  states: null,
  explanation: "",
  log: "",
  capabilities: [],
  least: null,
} as const;

function aboutProgram({ name, type }: ProgramSpec): Pick<ProgramVerdict, "name" | "type"> {
  return { name, type: typeName("bpf_prog_type", type) };
}

/** The verdict on a program whose load was stopped. */
export function unfinished(program: ProgramSpec, limit: number): ProgramVerdict {
  const reason = `the verifier did not end within ${limit / 1000} s`;
  return { ...aboutProgram(program), ...none, verdict: "unfinished", reason };
}

function accepted(log: string): Omit<ProgramVerdict, "name" | "type" | "capabilities"> {
  return { ...none, verdict: "accepted", reason: "", ...statisticsOf(log), log };
}

function refused(
  error: LoadError,
  { object, options }: Work,
  whole: string,
): Omit<ProgramVerdict, "name" | "type" | "capabilities"> {
  const log = verifierLogOf(error, object);
  const steps = options.steps ?? 10;
  return {
    ...none,
    verdict: "refused",
    reason: error.reason,
    code: error.code ?? null,
    ...statisticsOf(error.log),
    explanation: log === undefined ? "" : explainLog(log, object, { steps }),
    log: whole === "" ? error.log : whole,
  };
}

/** The capabilities, each once. */
function asked(logged: LoggedTask): ProgramVerdict["capabilities"] {
  const seen = new Map(
    logged.asked().map(({ capability, granted }) => {
      return [capabilityNames.get(capability) ?? `capability ${capability}`, granted] as const;
    }),
  );
  return [...seen].map(([name, granted]) => ({ name, granted }));
}
