// SPDX-License-Identifier: MIT

import type { BpfCmdName } from "@bpf-token/uapi";
import { fieldNames } from "../language/attr-fields.js";
import type { CallSpec } from "../language/calls.js";
import type { Position, Problems } from "../language/problems.js";
import { formatReference, namePattern, type Reference } from "../language/reference.js";
import { suggestion } from "../language/suggestion.js";

/** A named answer, which later steps can use. */
export interface NamedAnswer {
  readonly spec: CallSpec;
  /** The command of a bpf() step, if it has a name. */
  readonly cmd?: BpfCmdName;
}

/** The names that a step can use: the tasks that exist and the previous answers. */
export class Scope {
  readonly #problems: Problems;
  /** The tasks of the header; undefined if the header has none, so that `fork` steps define them. */
  readonly declared: ReadonlySet<string> | undefined;
  readonly tasks: Set<string> = new Set();
  readonly answers: Map<string, NamedAnswer> = new Map();

  constructor(problems: Problems, declared: ReadonlySet<string> | undefined) {
    this.#problems = problems;
    this.declared = declared;
  }

  /** Checks a new name. */
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

  /** Defines the task of a `fork` step. */
  fork(name: string, at: Position): void {
    if (this.declared !== undefined && !this.declared.has(name)) {
      this.#problems.add(at, `unknown task '${name}'`, suggestion(name, this.declared));
    } else if (this.tasks.has(name)) {
      this.#problems.add(at, `task '${name}' exists already`);
    } else if (this.declared !== undefined || this.newName(name, at)) this.tasks.add(name);
  }

  /** Returns whether a task exists at this step; reports a problem if not. */
  task(name: string, at: Position): void {
    if (this.tasks.has(name)) return;
    if (this.declared?.has(name)) {
      this.#problems.add(at, `task '${name}' does not exist yet`, `'fork: ${name}' creates it`);
    } else {
      const names = new Set([...this.tasks, ...(this.declared ?? [])]);
      this.#problems.add(at, `unknown task '${name}'`, suggestion(name, names));
    }
  }

  /** Returns whether a reference has a value at this step; reports a problem if not. */
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
      this.#problems.add(
        at,
        `no earlier step has the answer '$${name}'`,
        suggestion(written, known),
      );
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
      this.#problems.add(at, `'${written}' is memory`, "add a word, such as [0], or a field");
    }
  }

  #isTask(name: string): boolean {
    return this.tasks.has(name) || this.declared?.has(name) === true;
  }
}

/** The pointers of a call whose memory later steps can read. */
export function pointersOf({ spec, cmd }: NamedAnswer): readonly string[] {
  const params = spec.params.filter((p) => p.kind === "pointer" || p.kind === "attr");
  const names = params.map((p) => p.name);
  const log = spec.name === "bpf" ? ["common.log_buf"] : [];
  return [...names, ...log, ...(cmd === undefined ? [] : fieldNames(cmd))];
}
