// SPDX-License-Identifier: MIT

import type { BpfCmdName } from "@bpf-token/uapi";
import { fieldNames } from "../language/attr-fields.js";
import type { CallSpec } from "../language/calls.js";
import type { Position, Problems } from "../language/problems.js";
import { formatReference, namePattern, type Reference } from "../language/reference.js";
import { suggestion } from "../language/suggestion.js";

/** An answer that later steps may use. */
export interface NamedAnswer {
  readonly spec: CallSpec;
  /** The command of a bpf() step, if it is known by name. */
  readonly cmd?: BpfCmdName;
}

/** What a step may refer to: the tasks that exist by then and the answers so far. */
export class Scope {
  readonly #problems: Problems;
  /** The tasks of the header; undefined if it has none, and forks make names as they go. */
  readonly declared: ReadonlySet<string> | undefined;
  readonly tasks: Set<string> = new Set();
  readonly answers: Map<string, NamedAnswer> = new Map();

  constructor(problems: Problems, declared: ReadonlySet<string> | undefined) {
    this.#problems = problems;
    this.declared = declared;
  }

  /** Checks a name that is about to be given away. */
  newName(name: string, at: Position): boolean {
    if (!namePattern.test(name)) {
      this.#problems.add(at, `'${name}' is not a name`, "letters, digits and _, a letter first");
      return false;
    }
    const taken = this.answers.has(name) ? "an answer" : this.#isTask(name) ? "a task" : undefined;
    if (taken === undefined) return true;
    this.#problems.add(at, `'${name}' is already the name of ${taken}`);
    return false;
  }

  /** A fork gives a task its name. */
  fork(name: string, at: Position): void {
    if (this.declared !== undefined && !this.declared.has(name)) {
      this.#problems.add(at, `unknown task '${name}'`, suggestion(name, this.declared));
    } else if (this.tasks.has(name)) {
      this.#problems.add(at, `task '${name}' is there already`);
    } else if (this.declared !== undefined || this.newName(name, at)) this.tasks.add(name);
  }

  /** Whether a task is there at this point of the story; says so if not. */
  task(name: string, at: Position): void {
    if (this.tasks.has(name)) return;
    if (this.declared?.has(name)) {
      this.#problems.add(at, `task '${name}' is not there yet`, `'fork: ${name}' makes it`);
    } else {
      const names = new Set([...this.tasks, ...(this.declared ?? [])]);
      this.#problems.add(at, `unknown task '${name}'`, suggestion(name, names));
    }
  }

  /** Whether a reference can have a value at this point of the story; says so if not. */
  reference(reference: Reference, at: Position): void {
    const { name, part } = reference;
    const written = formatReference(reference);
    const answer = this.answers.get(name);
    if (answer !== undefined) {
      if (part !== undefined) this.#part(written, answer, part, reference, at);
    } else if (this.tasks.has(name)) {
      if (part !== "pid") this.#problems.add(at, `'${written}' is a task`, `write $${name}.pid`);
    } else {
      const known = [
        ...[...this.answers.keys()].map((word) => `$${word}`),
        ...[...this.tasks].map((word) => `$${word}.pid`),
      ];
      this.#problems.add(at, `no earlier step gave '$${name}'`, suggestion(written, known));
    }
  }

  #part(
    written: string,
    answer: NamedAnswer,
    part: string,
    { word, field }: Reference,
    at: Position,
  ): void {
    const known = pointersOf(answer);
    if (!known.includes(part)) {
      const what = `'${written}': ${answer.spec.name} has no memory '${part}'`;
      this.#problems.add(at, what, suggestion(part, known));
    } else if (word === undefined && field === undefined) {
      this.#problems.add(at, `'${written}' is memory`, "name a word of it, [0], or a field");
    }
  }

  #isTask(name: string): boolean {
    return this.tasks.has(name) || this.declared?.has(name) === true;
  }
}

/** The memory of a call that can be looked at afterwards. */
export function pointersOf({ spec, cmd }: NamedAnswer): readonly string[] {
  const params = spec.params.filter((p) => p.kind === "pointer" || p.kind === "attr");
  return [...params.map((p) => p.name), ...(cmd === undefined ? [] : fieldNames(cmd))];
}
