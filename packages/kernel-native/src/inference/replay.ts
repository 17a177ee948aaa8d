// SPDX-License-Identifier: MIT
import {
  BpfError,
  type Kernel,
  type Refusal,
  type ReplayDivergence,
  type ReplayStep,
  type Task,
  type Unexplained,
} from "@bpf-token/syscall";
import { errnoName, type KernelRelease, syscallByName } from "@bpf-token/uapi";
import { closedFd, givesFd, nameOf, onlyLooks, walks } from "./deeds.js";
import { Numbers, type Player } from "./numbers.js";
import type { Deed } from "./recorder.js";
import { fdFor, MissingFd, translate } from "./translate.js";

/** What is to be said of a refused call. */
export interface Explanation {
  readonly refusal?: Refusal;
  readonly unexplained?: Unexplained;
}

/** What became of a deed on the model: its answer, or why there is none. */
type Played =
  | { readonly ret: number; readonly child?: Task }
  | { readonly untold: string; readonly cause: ReplayStep | undefined };

/**
 * Does on a model what was done on a real kernel, in order, and compares the answers. Where they
 * differ, the model is kept in step with the kernel as far as that is possible: it gives back what
 * only it has given, and calls on what only the kernel has are left out. Where it is not possible,
 * model and kernel part, and nothing is concluded any more.
 */
export class Replay {
  readonly #model: Kernel;
  readonly #numbers: Numbers;
  #next = 0;
  /** The first answer that differed. */
  #first: ReplayStep | undefined;
  /** The difference that could not be made good. */
  #parted: ReplayStep | undefined;
  /** By task and descriptor, the difference that left the model without it. */
  readonly #missing = new Map<string, ReplayStep>();

  /** @param first - pid of the first real task; the model's first task plays its part. */
  constructor(model: Kernel, release: KernelRelease, first: number) {
    this.#model = model;
    this.#numbers = new Numbers(model, release);
    this.#numbers.players.set(first, { task: model.init, fds: new Map() });
  }

  /** How many deeds it has played. */
  get next(): number {
    return this.#next;
  }

  /**
   * Plays the next deed.
   *
   * @param wanted - whether somebody may ask about it.
   * @returns what is to be said of it, if it was refused.
   */
  play(deed: Deed, wanted: boolean): Explanation {
    const index = this.#next++;
    const played = this.#attempt(deed);
    const step = stepOf(deed, index, played);
    this.#settle(deed, played, step);
    return wanted && deed.ret < 0 ? this.#explain(deed, played, step) : {};
  }

  #attempt(deed: Deed): Played {
    if (deed.op === "settle") {
      this.#model.settle();
      return { ret: 0 };
    }
    if (deed.op === "answer") {
      this.#model.lsm?.answer(deed.hook, deed.answer);
      return { ret: 0 };
    }
    const player = this.#numbers.players.get(deed.pid);
    if (player === undefined) return { untold: "the model has no such task", cause: this.#first };
    try {
      return this.#perform(deed, player);
    } catch (error) {
      if (BpfError.is(error)) return { ret: -error.errno };
      if (error instanceof MissingFd) {
        const cause = this.#missing.get(`${deed.pid} ${error.fd}`) ?? this.#first;
        return { untold: `the model has no descriptor ${error.fd}`, cause };
      }
      // A call that is not modelled, a model that crashed: whatever it is, it is no answer.
      return { untold: error instanceof Error ? error.message : String(error), cause: undefined };
    }
  }

  #perform(deed: Deed, player: Player): Played {
    const { task } = player;
    const other = (pid: number): Task => this.#player(pid).task;
    switch (deed.op) {
      case "syscall": {
        const args = translate(deed.call, player, this.#numbers);
        return { ret: task.syscall(deed.call.entry.nr, ...args) };
      }
      case "fork": {
        const child = task.fork();
        return { ret: child.pid, child };
      }
      case "exec":
        return { ret: this.#exec(player) };
      case "exit":
        task.exit(deed.status);
        return { ret: 0 };
      case "wait":
        return { ret: task.wait(other(deed.child)) };
      case "sendFd":
        return { ret: task.sendFd(Number(fdFor(player, deed.fd)), other(deed.to)) };
      case "openNamespace":
        return { ret: task.openNamespace(deed.kind, other(deed.of)) };
      case "writeSysctl":
        return { ret: this.#model.writeSysctl(task, deed.name, deed.value) };
      default:
        task.close();
        return { ret: 0 };
    }
  }

  #player(pid: number): Player {
    const player = this.#numbers.players.get(pid);
    if (player === undefined) throw new Error(`the model has no task ${pid}`);
    return player;
  }

  /** Descriptors that exec closes lose their other names as well. */
  #exec(player: Player): number {
    const ret = player.task.exec();
    const open = new Set(this.#model.openFds(player.task).map(({ fd }) => fd));
    for (const [real, model] of player.fds) {
      if (model !== undefined && !open.has(model)) player.fds.delete(real);
    }
    return ret;
  }

  /** Takes over what both gave, and makes good what only one of them did. */
  #settle(deed: Deed, played: Played, step: ReplayStep): void {
    if ("untold" in played) {
      if (deed.ret >= 0) this.#lack(deed, step, played.cause);
      return;
    }
    const { ret, child } = played;
    if (!agree(deed, ret) && !walks(deed)) this.#first ??= step;
    if (deed.ret >= 0 && ret >= 0) this.#both(deed, ret, child);
    else if (deed.ret >= 0) this.#lack(deed, step, this.#parted);
    else if (ret >= 0) this.#giveBack(deed, ret, child, step);
  }

  #both(deed: Deed, ret: number, child: Task | undefined): void {
    const { players } = this.#numbers;
    const player = this.#player(deed.pid);
    if (child !== undefined) players.set(deed.ret, { task: child, fds: new Map(player.fds) });
    else if (deed.op === "sendFd") this.#numbers.bind(this.#player(deed.to), deed.ret, ret);
    else if (givesFd(deed)) this.#numbers.bind(player, deed.ret, ret);
    if (deed.op === "syscall") this.#numbers.learn(deed.call, player);
    const closed = closedFd(deed);
    if (closed !== undefined) player.fds.delete(closed);
  }

  /** Only the kernel did it. What is a descriptor can be missed without harm to the rest. */
  #lack(deed: Deed, step: ReplayStep, cause: ReplayStep | undefined): void {
    const receiver = deed.op === "sendFd" ? deed.to : deed.pid;
    const player = this.#numbers.players.get(receiver);
    const closed = closedFd(deed);
    if (player !== undefined && closed !== undefined) {
      player.fds.delete(closed);
    } else if (player !== undefined && givesFd(deed)) {
      player.fds.set(deed.ret, undefined);
      this.#missing.set(`${receiver} ${deed.ret}`, cause ?? step);
      if (cause === undefined) this.#first ??= step;
    } else if (cause === undefined) {
      if (!walks(deed)) this.#first ??= step;
      if (!onlyLooks(deed)) this.#parted ??= step;
    }
  }

  /** Only the model did it. */
  #giveBack(deed: Deed, ret: number, child: Task | undefined, step: ReplayStep): void {
    const { task } = this.#player(deed.op === "sendFd" ? deed.to : deed.pid);
    if (child !== undefined) child.close();
    else if (givesFd(deed)) task.syscall(syscallByName.close.nr, ret);
    else if (!onlyLooks(deed)) this.#parted ??= step;
  }

  #explain(deed: Deed, played: Played, at: ReplayStep): Explanation {
    if ("untold" in played) {
      if (played.cause === undefined) return { unexplained: { reason: `${played.untold}` } };
      return differ(played.untold, { at, first: played.cause });
    }
    if (this.#parted !== undefined && this.#parted !== at) {
      return differ("the model is not where the kernel is", { at, first: this.#parted });
    }
    if (played.ret !== deed.ret) {
      const says = `${this.#title} answers ${played.ret < 0 ? at.model : `no refusal, but ${at.model}`}`;
      return differ(says, { at, first: this.#first ?? at });
    }
    const teller = this.#player(deed.pid).task;
    const refusal = teller.refusal();
    if (refusal === undefined) {
      return { unexplained: { reason: `${this.#title} answers the same and names no check` } };
    }
    return { refusal: { ...refusal, certainty: "inferred" } };
  }

  get #title(): string {
    return `the ${this.#model.backend} of Linux ${this.#model.release}`;
  }
}

function differ(says: string, divergence: ReplayDivergence): Explanation {
  const { at, first } = divergence;
  const where = `in call ${first.index + 1}, ${first.call}: ${first.real} here, ${first.model} there`;
  const before = first.index === at.index ? "" : `; they first differed ${where}`;
  return { unexplained: { reason: `${says}: a divergence${before}`, divergence } };
}

/** Calls whose numbers may be each kernel's own: how long a text of procfs is depends on what is in it. */
const ownNumbers: ReadonlySet<string> = new Set([
  ...["fcntl", "getpid", "ioctl", "lseek", "mmap", "read", "write"],
]);

/** Whether two answers are the same, apart from numbers that each kernel has for itself. */
function agree(deed: Deed, ret: number): boolean {
  if (deed.ret < 0 || ret < 0) return deed.ret === ret;
  if (givesFd(deed) || deed.op === "fork") return true;
  if (deed.op !== "syscall") return deed.ret === ret;
  return ownNumbers.has(deed.call.entry.name) || deed.ret === ret;
}

function stepOf(deed: Deed, index: number, played: Played): ReplayStep {
  return {
    index,
    call: `${nameOf(deed)} by task ${deed.pid}`,
    real: answerText(deed.ret),
    model: "untold" in played ? "nothing" : answerText(played.ret),
  };
}

function answerText(ret: number): string {
  return ret < 0 ? (errnoName(ret) ?? `E${-ret}`) : `${ret}`;
}
