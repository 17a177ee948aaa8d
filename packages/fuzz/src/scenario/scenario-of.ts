// SPDX-License-Identifier: MIT
import type { Args, Expectation, Scenario, Step, Value } from "@bpf-token/scenario";
import { faultKinds, lsmHooks, type NamespaceKind } from "@bpf-token/syscall";
import { CLONE, errnoName, syscallByNr } from "@bpf-token/uapi";
import type { SequenceNote } from "../machine/notes.js";
import { bpfArgs } from "./bpf-args.js";
import { pointer, signed } from "./memory-value.js";

type Call = Extract<SequenceNote, { kind: "call" }>;
type Other = Exclude<SequenceNote, { kind: "call" | "return" }>;

export const namespaces: ReadonlyMap<number, NamespaceKind> = new Map([
  [CLONE.NEWUSER, "user"],
  [CLONE.NEWNS, "mnt"],
]);

/**
 * Converts a sequence to a scenario, which runs on every kernel. Each step expects the answer of the machine
 * that recorded the notes.
 *
 * @example
 * ```ts
 * const scenario = scenarioOf(machine.notes(bytes), "a random sequence");
 * writeFileSync("sequence.yaml", formatScenario(scenario));
 * ```
 */
export function scenarioOf(notes: readonly SequenceNote[], name: string): Scenario {
  const writer = new Writer();
  for (const note of withoutEnd(notes)) writer.add(note);
  const tasks = [...writer.tasks.values()].map((task) => ({ name: task }));
  return { name, rules: [], tasks, steps: writer.steps };
}

/** Removes the final exits, because a scenario ends its tasks anyway. */
export function withoutEnd(notes: readonly SequenceNote[]): readonly SequenceNote[] {
  const last = notes.findLastIndex(({ kind }) => kind !== "exit" && kind !== "wait");
  return notes.slice(0, last + 1);
}

class Writer {
  readonly tasks = new Map<number, string>();
  readonly steps: Step[] = [];
  #begun = false;

  add(note: SequenceNote): void {
    const by = this.#task(note.pid);
    if (note.kind === "call") {
      const step = callStep(by, note);
      if (step !== undefined) this.steps.push(step);
      this.#begun = step !== undefined;
    } else if (note.kind === "return") {
      const step = this.#begun ? this.steps.pop() : undefined;
      if (step !== undefined) this.steps.push({ ...step, ...expectation(note.answer) });
    } else {
      const step = this.#otherStep(note);
      if (step !== undefined) this.steps.push({ by, ...step, ...expectation(note.answer) });
    }
  }

  #otherStep(note: Other): Pick<Step, "call" | "args"> | undefined {
    const [a = 0n, b = 0n] = note.args;
    switch (note.kind) {
      case "fork":
        return { call: "fork", args: { task: this.#task(Number(note.answer)) } };
      case "exit":
        return { call: "exit", args: { status: 0 } };
      case "wait":
        return { call: "wait", args: { task: this.#task(Number(a)) } };
      case "exec":
      case "settle":
        return { call: note.kind, args: {} };
      case "send":
        return { call: "send", args: { fd: signed(a), to: this.#task(Number(b)) } };
      case "open-ns": {
        const kind = namespaces.get(Number(b));
        if (kind === undefined) return undefined;
        return { call: "open_namespace", args: { kind, of: this.#task(Number(a)) } };
      }
      case "sysctl":
        if (a !== 0n) return undefined;
        return {
          call: "write_sysctl",
          args: { name: "kernel.unprivileged_bpf_disabled", value: signed(b) },
        };
      case "fail":
        return { call: "fail", args: { [faultKinds[Number(a)] ?? "alloc"]: Number(b) } };
      case "lsm": {
        const answer = Number(BigInt.asIntN(64, b));
        const value = answer < 0 ? (errnoName(-answer) ?? "EPERM") : answer;
        return { call: "lsm", args: { [lsmHooks[Number(a)] ?? "bpf"]: value } };
      }
      default:
        return undefined;
    }
  }

  /** Names a task: the first is the host, the second the container, the others have numbers. */
  #task(pid: number): string {
    const known = this.tasks.get(pid);
    if (known !== undefined) return known;
    const name = ["host", "app"][this.tasks.size] ?? `task${this.tasks.size}`;
    this.tasks.set(pid, name);
    return name;
  }
}

function expectation(answer: bigint): { readonly expect?: Expectation } {
  const number = Number(answer);
  if (number >= 0 || number < -4095) return {};
  const errno = errnoName(-number);
  return errno === undefined ? {} : { expect: { errno } };
}

function callStep(by: string, note: Call): Step | undefined {
  const entry = syscallByNr.get(note.nr);
  if (entry === undefined) return undefined;
  if (entry.name === "bpf") {
    return { by, call: "bpf", args: bpfArgs(note.args, note.memory) };
  }
  const args: Record<string, Value> = {};
  entry.args.forEach(({ name, kind }, i) => {
    const value = note.args[i] ?? 0n;
    const points = kind === "ptr" || kind === "str";
    const arg = points ? pointer(value, note.memory) : number(value, kind);
    if (arg !== 0 && arg !== null) args[name] = arg;
  });
  return { by, call: entry.name, args: args satisfies Args };
}

function number(value: bigint, kind: string): Value {
  if (kind === "fd" || kind === "int") return Number(BigInt.asIntN(32, value));
  if (kind === "uint" || kind === "mode") return Number(BigInt.asUintN(32, value));
  return signed(value);
}
