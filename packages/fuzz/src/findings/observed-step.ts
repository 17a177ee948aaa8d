// SPDX-License-Identifier: MIT
import { sequenceAbi } from "@bpf-token/kernel-wasm/sdk";
import { lsmHooks } from "@bpf-token/syscall";
import { SequenceCrash, type SequenceMachine } from "../machine/machine.js";
import type { NoteMemory, SequenceNote } from "../machine/notes.js";

/** A call or operation of a sequence, with all that an observer sees of it. */
export interface ObservedStep {
  /** The call or operation; undefined for the direct calls of `token.c` at the end. */
  readonly note: SequenceNote | undefined;
  /** The answer; undefined if the kernel crashed before it answered. */
  answer: bigint | undefined;
  /** The memory of a call, after it. */
  memory: readonly NoteMemory[];
  /** The calls of LSM hooks, in order. */
  readonly hooks: string[];
  /** Reference counts and numbers of live objects after the step, by name. */
  readonly counts: Map<string, bigint>;
  /** The answers of direct calls. */
  readonly direct: string[];
  /** The counters of the upstream files after the step. */
  counters: ArrayLike<number>;
}

/** A sequence as an observer sees it. */
export interface ObservedRun {
  readonly steps: readonly ObservedStep[];
  /** The kind of objects that remain at the end. */
  readonly remaining: string | undefined;
  /** Why the kernel crashed. */
  readonly crash: string | undefined;
}

/** Boots a machine, runs an input and observes each step. */
export function observe(machine: SequenceMachine, input: Uint8Array): ObservedRun {
  const observer = new Observer(machine);
  try {
    const { leaked } = machine.watch(input, (note) => observer.add(note), true);
    observer.end();
    const remaining = leaked === 0 ? undefined : sequenceAbi.liveKinds[leaked - 1];
    return { steps: observer.steps, remaining, crash: undefined };
  } catch (error) {
    if (!(error instanceof SequenceCrash)) throw error;
    return { steps: observer.steps, remaining: undefined, crash: error.message };
  }
}

class Observer {
  readonly steps: ObservedStep[] = [];
  readonly #machine: SequenceMachine;
  /** Hooks that ran before the note of their operation. */
  #early: string[] = [];
  #calling = false;

  constructor(machine: SequenceMachine) {
    this.#machine = machine;
  }

  add(note: SequenceNote): void {
    const last = this.steps.at(-1);
    if (note.kind === "hook") {
      const hooks = this.#calling && last !== undefined ? last.hooks : this.#early;
      hooks.push(hookText(note.pid, note.args));
    } else if (note.kind === "count") this.#count(note.args);
    else if (note.kind === "direct") this.#direct(note.args);
    else if (note.kind === "return") {
      this.#calling = false;
      if (last !== undefined) Object.assign(last, { answer: note.answer, memory: note.memory });
    } else if (note.kind !== "not-modelled") {
      this.#begin(note);
      this.#calling = note.kind === "call";
    }
  }

  /** Belongs to the last step what ran after it. */
  end(): void {
    const last = this.steps.at(-1);
    if (last === undefined) return;
    last.counters = this.#counters();
    last.hooks.push(...this.#early);
  }

  #begin(note: SequenceNote | undefined): ObservedStep {
    const last = this.steps.at(-1);
    if (last !== undefined) last.counters = this.#counters();
    const answer = note !== undefined && note.kind !== "call" ? note.answer : undefined;
    const own = { hooks: this.#early, counts: new Map<string, bigint>(), direct: [] };
    const step = { note, answer, memory: [], counters: [], ...own };
    this.#early = [];
    this.steps.push(step);
    return step;
  }

  #count([kind = 0n, id = 0n, count = 0n]: readonly bigint[]): void {
    const what = sequenceAbi.countedKinds[Number(kind)] ?? "live";
    const name =
      what === "live" ? `live ${sequenceAbi.liveKinds[Number(id)]}` : `${nouns[what]} ${id}`;
    this.steps.at(-1)?.counts.set(name, BigInt.asIntN(64, count));
  }

  #direct([what = 0n, value = 0n]: readonly bigint[]): void {
    const last = this.steps.at(-1);
    const step = last !== undefined && last.note === undefined ? last : this.#begin(undefined);
    step.hooks.push(...this.#early.splice(0));
    step.direct.push(`${questions[Number(what)]} = 0x${BigInt.asUintN(64, value).toString(16)}`);
  }

  #counters(): ArrayLike<number> {
    return Float64Array.from(this.#machine.counters(), Number);
  }
}

const nouns = {
  userns: "references of user namespace",
  map: "references of map",
  "map-users": "user references of map",
  prog: "references of program",
} as const;

/** What the direct calls ask, by the numbers of core-c/tests/fuzz/sequence_direct.c. */
const questions: readonly string[] = [
  "bpf_token_get_from_fd()",
  "bpf_token_allow_cmd() of all commands",
  "bpf_token_allow_map_type() of all types",
  "bpf_token_allow_prog_type() of all program types",
  "bpf_token_allow_prog_type() of all attach types",
  "bpf_token_capable() of CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_ADMIN",
];

function hookText(pid: number, args: readonly bigint[]): string {
  const [which = 0n, a, b, c, d, token = 0n] = args;
  const of =
    token === 0n ? "" : `, token state ${token.toString(16).padStart(16, "0").slice(0, 8)}`;
  return `${lsmHooks[Number(which)]}(${a}, ${b}, ${c}, ${d}) by process ${pid}${of}`;
}
