// SPDX-License-Identifier: MIT
import type { Task } from "@bpf-token/syscall";
import { AT } from "@bpf-token/uapi";

/** The two who make random calls: root of the machine, and a container. */
export type Who = "host" | "app";

/** What a run of calls has made so far. */
export interface State {
  readonly tasks: Readonly<Record<Who, Task>>;
  /** Descriptors that are or were open, oldest first. */
  readonly fds: Readonly<Record<Who, number[]>>;
}

/** One call; the numbers that it was made of choose its arguments when it is run. */
export interface Call {
  readonly who: Who;
  readonly kind: number;
  readonly dice: readonly number[];
}

/** Draws arguments from the dice of a call, and remembers them as text. */
export class Drawer {
  readonly drawn: string[] = [];
  readonly #state: State;
  readonly #call: Call;
  #at = 0;

  constructor(state: State, call: Call) {
    this.#state = state;
    this.#call = call;
  }

  of<T>(choices: readonly T[]): T {
    const choice = choices[this.#next() % choices.length] as T;
    this.drawn.push(JSON.stringify(choice));
    return choice;
  }

  /** Mostly the first. */
  flags(usual: number, ...others: readonly number[]): number {
    return this.of([usual, usual, usual, usual, ...others]);
  }

  fd(): number {
    const open = this.#state.fds[this.#call.who];
    const choice = this.#next();
    const wrong = [0, 77, -1, AT.FDCWD];
    const recent = open.slice(-4);
    const from = choice % 8 === 0 || open.length === 0 ? wrong : choice % 3 === 0 ? open : recent;
    const fd = from[(choice >>> 4) % from.length] ?? -1;
    this.drawn.push(`fd ${fd}`);
    return fd;
  }

  #next(): number {
    return this.#call.dice[this.#at++ % this.#call.dice.length] ?? 0;
  }
}
