// SPDX-License-Identifier: MIT
import type { MapSpec, ObjectSpec, ProgramSpec } from "@bpf-token/object";
import { close, type Steps } from "../calls/steps.js";
import type { FoundToken, TokenReason } from "../token/discover.js";
import type { Modules } from "./modules.js";

/** Something that was done otherwise than the object asks, and why. */
export interface LoadNote {
  /** The map, program or extern it is about. */
  readonly subject: string;
  readonly text: string;
}

/** A token that is used for a load. */
export interface TokenInUse {
  readonly fd: number;
  /** What it allows, where the kernel says so: bit N for value N. */
  readonly masks?: TokenAllows;
}

/** What a token allows: bit N for value N. */
export interface TokenAllows {
  readonly cmds: bigint;
  readonly maps: bigint;
  readonly progs: bigint;
  readonly attachs: bigint;
}

/** A map that was made or found. */
export interface LoadedMap {
  readonly spec: MapSpec;
  readonly fd: number;
  /** Whether it was there before, pinned or handed in. */
  readonly reused: boolean;
}

/** A program that was loaded. */
export interface LoadedProgram {
  readonly spec: ProgramSpec;
  readonly fd: number;
}

/** What a load needs to know. */
export interface SessionOptions {
  /** Contents of maps of variables in place of those of the object, by the map's name. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Descriptors of maps that are there already, by name. They stay open. */
  readonly maps: ReadonlyMap<string, number>;
  /** Where maps that want to be pinned are. */
  readonly pinRoot: string;
  /** Which programs are loaded. */
  readonly wanted: (program: ProgramSpec) => boolean;
  /** Functions of programs that programs are attached to, by the name of those. */
  readonly targets: ReadonlyMap<string, ProgramTarget>;
  /** Whether the kernel's types are the caller's: those of its modules may not go with them. */
  readonly typesGiven: boolean;
  /** Whether externs have to be there that no program refers to that is loaded. */
  readonly allExterns: boolean;
  /** Whether an object may be loaded without its types where they are not permitted. */
  readonly btfOptional: boolean;
  /** The kernel's configuration as text; read from the kernel if it is not given. */
  readonly kconfig?: string;
  /** Release of the kernel, as `uname -r` says it. */
  readonly kernelRelease: string;
}

/** A function of a loaded program that another program is attached to, or takes the place of. */
export interface ProgramTarget {
  readonly fd: number;
  readonly function: string;
}

/** A load under way: what is open, and what was found out. */
export class Session {
  readonly object: ObjectSpec;
  readonly options: SessionOptions;
  readonly token: TokenInUse | undefined;
  /** Why there is no token, or why it was not another one. */
  readonly reasons: readonly TokenReason[];
  readonly notes: LoadNote[] = [];
  readonly maps: Map<string, LoadedMap> = new Map();
  readonly programs: Map<string, LoadedProgram> = new Map();
  /** Descriptor of the object's BTF. */
  btfFd: number | undefined;
  /** Values of tables of functions, by the name of their map. */
  readonly tables: Map<string, Uint8Array> = new Map();
  /** The types of the kernel's modules, if they were wanted. */
  modules: Modules | undefined;
  readonly #open = new Set<number>();

  constructor(object: ObjectSpec, options: SessionOptions, found: FoundToken) {
    this.object = object;
    this.options = options;
    this.token = found.token;
    this.reasons = found.reasons;
  }

  /** Keeps a descriptor to be closed if the load fails. */
  own(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  /** Closes one now. */
  *drop(fd: number): Steps<void> {
    if (this.#open.delete(fd)) yield* close(fd);
  }

  /** Closes everything, the last one first. */
  *dropAll(): Steps<void> {
    for (const fd of [...this.#open].reverse()) yield* this.drop(fd);
  }

  note(subject: string, text: string): void {
    this.notes.push({ subject, text });
  }
}
