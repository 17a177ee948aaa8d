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
import { type Variables, variablesOf } from "./variables.js";

/** Which token a load used, and why. See {@link Collection.token}. */
export interface UsedToken {
  /** The token; `undefined` if the load used none. */
  readonly used: Token | undefined;
  /** Why no token was used, or why earlier bpffs mounts gave none. */
  readonly reasons: readonly TokenReason[];
}

/**
 * The loaded maps and programs of an object.
 *
 * @example
 * ```ts
 * using collection = Collection.load(currentTask(), await readFile("count.bpf.o"));
 * const link = attach(collection.program("count"), { ifindex: 1 });
 * ```
 */
export class Collection implements Disposable {
  /** The parsed object. */
  readonly object: ObjectSpec;
  /** The maps by name. */
  readonly maps: ReadonlyMap<string, BpfMap>;
  /** The loaded programs by name. */
  readonly programs: ReadonlyMap<string, Program>;
  /** The fd of the object's BTF; `undefined` if the object has none or the kernel refused it. */
  readonly btf: OwnedFd<"btf"> | undefined;
  /** The global variables of the programs, as they are in the kernel. */
  readonly variables: Variables;
  /** Which token was used, and why. */
  readonly token: UsedToken;
  /**
   * Values of struct_ops by the name of their map, with the fds of their programs. To register a
   * struct_ops, write its value to the map.
   */
  readonly tables: ReadonlyMap<string, Uint8Array>;
  /** What the loader did differently from what the object asks for. */
  readonly notes: readonly LoadNote[];
  readonly #given: Token | undefined;
  /** Maps that the caller passed. */
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
   * Loads an object as libbpf does: BTF, maps, programs.
   *
   * @param task - the task that makes the calls and owns the file descriptors.
   * @param object - the bytes of the object file, or the result of `parseObject`.
   * @throws LoadError if the kernel refuses or lacks something; everything opened is then closed.
   *   ObjectFormatError for a malformed file. RangeError for options that name maps or programs
   *   which the object does not have.
   */
  static load(task: Task, object: ObjectSpec | Uint8Array, options: LoadOptions = {}): Collection {
    const session = runSteps(task, stepsFor(task, object, options), options);
    return new Collection(task, session, options);
  }

  /**
   * Loads an object like {@link Collection.load}, without blocking the event loop in the verifier
   * if the task supports that, as `currentTask()` does.
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
   * Returns a map by name.
   *
   * @throws RangeError for an unknown name.
   */
  map(name: string): BpfMap {
    return this.maps.get(name) ?? none(this.object, "map", name, [...this.maps.keys()]);
  }

  /**
   * Returns a program by name.
   *
   * @throws RangeError for an unknown name, and for a program that was not loaded.
   */
  program(name: string): Program {
    return this.programs.get(name) ?? none(this.object, "program", name, [...this.programs.keys()]);
  }

  /** Closes all fds except those that the caller passed. Attached and pinned objects stay. */
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
  throw new RangeError(`${object.name} has no loaded ${what} ${name}; it has: ${names}`);
}

function stepsFor(
  task: Task,
  object: ObjectSpec | Uint8Array,
  options: LoadOptions,
): Steps<Session> {
  const spec = object instanceof Uint8Array ? parseObject(object) : object;
  // Throws if a variable has no valid type; after the load, nothing would close what was opened.
  variablesOf(spec);
  const choice = tokenChoice(task, options);
  return loadObject(spec, sessionOptions(spec, options, task.kernel.release, task), choice);
}
