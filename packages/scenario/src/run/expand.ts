// SPDX-License-Identifier: MIT
import { BpfError, type NamespaceKind, type SysctlName } from "@bpf-token/syscall";
import type { AnswerKind } from "../language/calls.js";
import type { Args, Step, Value } from "../language/model.js";
import { failNth, setAnswers } from "./controls.js";
import type { Env } from "./env.js";
import type { Memory } from "./memory.js";
import { operation, type PlainCall, quiet, systemCall } from "./plain-call.js";
import { resolveNumber } from "./resolve.js";
import { shorthands } from "./shorthands.js";

/** The answer of a step. */
export interface StepAnswer {
  readonly value: number;
  /** The text that the step read. */
  readonly text?: string;
  /** The file from which the text came. */
  readonly path?: string;
  readonly memory?: ReadonlyMap<string, Memory>;
  readonly returns?: AnswerKind;
}

/**
 * The plain calls of a step. The generator yields each call, receives its return value, and returns the
 * answer of the step.
 */
export type Expansion = Generator<PlainCall, StepAnswer, number>;

type Make = (args: Args, by: string, env: Env) => PlainCall;

/** Expands a step to its plain calls. */
export function* expand(step: Step, env: Env): Expansion {
  const { by, call, args } = step;
  const shorthand = Object.hasOwn(shorthands, call) ? shorthands[call] : undefined;
  if (shorthand !== undefined) return yield* shorthand(args, by, env);
  const make = Object.hasOwn(operations, call) ? operations[call] : undefined;
  const plain = make === undefined ? systemCall(env, by, call, args) : make(args, by, env);
  const value = yield plain;
  return { value, memory: plain.memory, returns: plain.returns };
}

function integer(value: Value | undefined, env: Env): number {
  return Number(resolveNumber(value, [], env));
}

/** Converts an errno that the facade throws to a negative return value. */
function caught(perform: () => number): number {
  try {
    return perform();
  } catch (error) {
    if (BpfError.is(error)) return -error.errno;
    throw error;
  }
}

/** Operations of tasks and kernels that are not system calls. */
const operations: Readonly<Record<string, Make>> = {
  fork: (args, by, env) => {
    const name = String(args.task);
    const parent = env.task(by);
    const fork = (): number => {
      const child = parent.fork();
      env.addTask(name, child);
      return child.pid;
    };
    return operation(by, "fork", [{ name: "task", text: name }], () => caught(fork), "pid");
  },
  exec: (_args, by, env) => {
    const task = env.task(by);
    return operation(by, "exec", [], () => task.exec());
  },
  exit: (args, by, env) => {
    const task = env.task(by);
    const status = integer(args.status, env);
    const exit = (): number => {
      task.exit(status);
      return 0;
    };
    return operation(by, "exit", [{ name: "status", text: `${status}` }], exit);
  },
  wait: (args, by, env) => {
    const name = String(args.task);
    const parent = env.task(by);
    const child = env.anyTask(name);
    const wait = (): number => parent.wait(child);
    return operation(by, "wait", [{ name: "task", text: name }], wait, "status");
  },
  send: (args, by, env) => {
    const task = env.task(by);
    const name = String(args.to);
    const to = env.task(name);
    const fd = integer(args.fd, env);
    const shown = [
      { name: "fd", text: `${fd}` },
      { name: "to", text: name },
    ];
    return operation(by, "send", shown, () => task.sendFd(fd, to), "fd");
  },
  open_namespace: (args, by, env) => {
    const task = env.task(by);
    const name = args.of === undefined ? by : String(args.of);
    const of = env.task(name);
    const kind = args.kind as NamespaceKind;
    const shown = [
      { name: "kind", text: kind },
      { name: "of", text: name },
    ];
    return operation(by, "open_namespace", shown, () => task.openNamespace(kind, of), "fd");
  },
  read_sysctl: (args, by, env) => {
    const name = args.name as SysctlName;
    const read = (): number => env.kernel.readSysctl(name);
    return quiet(operation(by, "read_sysctl", [{ name: "name", text: name }], read));
  },
  write_sysctl: (args, by, env) => {
    const name = args.name as SysctlName;
    const task = env.task(by);
    const value = integer(args.value, env);
    const shown = [
      { name: "name", text: name },
      { name: "value", text: `${value}` },
    ];
    const write = (): number => env.kernel.writeSysctl(task, name, value);
    return operation(by, "write_sysctl", shown, write);
  },
  settle: (_args, by, env) => {
    const settle = (): number => {
      env.kernel.settle();
      return 0;
    };
    return quiet(operation(by, "settle", [], settle));
  },
  lsm: (args, by, env) => {
    const shown = Object.entries(args).map(([name, answer]) => ({
      name,
      text: `${name}: ${answer}`,
    }));
    const set = (): number => {
      setAnswers(env.kernel, args);
      return 0;
    };
    return quiet(operation(by, "lsm", shown, set));
  },
  fail: (args, by, env) => {
    const counts = Object.entries(args).map(([kind, n]) => [kind, integer(n, env)] as const);
    const shown = counts.map(([name, n]) => ({ name, text: `${name}: ${n}` }));
    const fail = (): number => {
      for (const [kind, n] of counts) failNth(env.kernel, kind, n);
      return 0;
    };
    return quiet(operation(by, "fail", shown, fail));
  },
};
