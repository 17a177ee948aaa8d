// SPDX-License-Identifier: MIT
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import { OwnedFd, type Task } from "@bpf-token/syscall";
import { runSteps, runStepsAsync } from "../calls/run.js";
import type { Steps } from "../calls/steps.js";
import { loadObject } from "../load/load.js";
import { type LoadOptions, sessionOptions, tokenChoice } from "../load/options.js";
import type { LoadNote, Session } from "../load/session.js";
import type { TokenReason } from "../token/discover.js";
import { Token } from "../token/token.js";
import { adoptMap, type BpfMap } from "./map.js";
import { adoptProgram, type Program } from "./program.js";
import { mapVariables } from "./variable-store.js";
import type { Variables } from "./variables.js";

/** How a load came by its token. */
export interface UsedToken {
  /** The token; undefined if none was used. */
  readonly used: Token | undefined;
  /** Why there is none, or why a BPF FS before it gave none. */
  readonly reasons: readonly TokenReason[];
}

/** All maps and programs of an object, loaded. */
export class Collection implements Disposable {
  /** What was loaded. */
  readonly object: ObjectSpec;
  /** By name. */
  readonly maps: ReadonlyMap<string, BpfMap>;
  /** By name; those that were not asked for are missing. */
  readonly programs: ReadonlyMap<string, Program>;
  /** The object's types, if it has any and the kernel took them. */
  readonly btf: OwnedFd<"btf"> | undefined;
  /** The variables of the programs, as they are in the kernel. */
  readonly variables: Variables;
  /** The token that was used, and why there is none or not another one. */
  readonly token: UsedToken;
  /**
   * Values of tables of functions (struct_ops) by the name of their map, with the programs in them:
   * what is written to the map to register it.
   */
  readonly tables: ReadonlyMap<string, Uint8Array>;
  /** What was done otherwise than the object asks, and why. */
  readonly notes: readonly LoadNote[];
  readonly #given: Token | undefined;
  /** Maps that were handed in. */
  readonly #foreign: ReadonlySet<string>;

  private constructor(task: Task, session: Session, options: LoadOptions) {
    const { object, btfFd, token, reasons } = session;
    const given = options.token instanceof Token ? options.token : undefined;
    this.#given = given;
    this.#foreign = new Set(Object.keys(options.maps ?? {}));
    this.token = { used: given ?? (token && Token.adopt(task, token)), reasons };
    this.object = object;
    this.notes = session.notes;
    this.tables = session.tables;
    const call = { syscall: "bpf" };
    this.btf = btfFd === undefined ? undefined : OwnedFd.adopt(task, btfFd, "btf", call);
    this.maps = new Map(
      Array.from(session.maps, ([name, { spec, fd }]) => [
        name,
        adoptMap(task, spec, fd, object.btf),
      ]),
    );
    this.variables = mapVariables(object, this.maps);
    this.programs = new Map(
      Array.from(session.programs, ([name, { spec, fd }]) => [name, adoptProgram(task, spec, fd)]),
    );
  }

  /**
   * Loads an object, as libbpf does: its types, its maps, its programs.
   *
   * @param task - whose descriptors they will be.
   * @param object - the file, or what `parseObject` made of it.
   * @throws LoadError if the kernel does not take something or lacks something; everything that was
   *   opened is closed then. ObjectFormatError for a malformed file, RangeError for options that
   *   name what the object does not have.
   */
  static load(task: Task, object: ObjectSpec | Uint8Array, options: LoadOptions = {}): Collection {
    const session = runSteps(task, stepsFor(task, object, options), options);
    return new Collection(task, session, options);
  }

  /**
   * Loads an object like {@link Collection.load}, and keeps the event loop free while the verifier
   * works, where the task can do that (`currentTask()` can).
   *
   * @throws as {@link Collection.load}.
   */
  static async loadAsync(
    task: Task,
    object: ObjectSpec | Uint8Array,
    options: LoadOptions = {},
  ): Promise<Collection> {
    const steps = stepsFor(task, object, options);
    return new Collection(task, await runStepsAsync(task, steps, options), options);
  }

  /**
   * A map by name.
   *
   * @throws RangeError if there is none.
   */
  map(name: string): BpfMap {
    return this.maps.get(name) ?? none(this.object, "map", name, [...this.maps.keys()]);
  }

  /**
   * A program by name.
   *
   * @throws RangeError if there is none, or it was not loaded.
   */
  program(name: string): Program {
    return this.programs.get(name) ?? none(this.object, "program", name, [...this.programs.keys()]);
  }

  /** Closes every descriptor but those that were handed in. What is attached or pinned stays. */
  close(): void {
    for (const [name, map] of this.maps) if (!this.#foreign.has(name)) map.close();
    for (const program of this.programs.values()) program.close();
    this.btf?.close();
    if (this.#given === undefined) this.token.used?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function none(object: ObjectSpec, what: string, name: string, there: readonly string[]): never {
  const names = there.join(", ") || "none";
  throw new RangeError(
    `${object.name} has no ${what} ${name} that was loaded; there are: ${names}`,
  );
}

function stepsFor(
  task: Task,
  object: ObjectSpec | Uint8Array,
  options: LoadOptions,
): Steps<Session> {
  const spec = object instanceof Uint8Array ? parseObject(object) : object;
  return loadObject(spec, sessionOptions(spec, options, task.kernel.release), tokenChoice(options));
}
