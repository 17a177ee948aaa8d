// SPDX-License-Identifier: MIT
import type { DelegationMasks } from "@bpf-token/delegation";
import type { MapSpec, ObjectSpec, ProgramSpec } from "@bpf-token/object";
import { close, type Steps } from "../calls/steps.js";
import type { FoundToken, TokenReason } from "../token/discover.js";
import type { Modules } from "./modules.js";

/** A difference between the load and the object, and the reason. See {@link Collection.notes}. */
export interface LoadNote {
  /** The map, program or extern that the note concerns. */
  readonly subject: string;
  /** The difference, and the reason. */
  readonly text: string;
}

/** The token that a load uses. */
export interface TokenInUse {
  readonly fd: number;
  /** What the token allows, if the kernel reports it: bit N for value N. */
  readonly masks?: TokenAllows;
}

/** What a token allows: bit N for value N. See {@link Token.allows}. */
export type TokenAllows = DelegationMasks;

/** A map that the load created or opened. */
export interface LoadedMap {
  readonly spec: MapSpec;
  readonly fd: number;
  /** Whether the map existed before: pinned, or passed by the caller. */
  readonly reused: boolean;
}

/** A loaded program. */
export interface LoadedProgram {
  readonly spec: ProgramSpec;
  readonly fd: number;
}

/** The input of a load. */
export interface SessionOptions {
  /** Contents of maps of variables, by map name, instead of the object's contents. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Fds of existing maps, by name. The loader does not close them. */
  readonly maps: ReadonlyMap<string, number>;
  /** The directory for pinned maps. */
  readonly pinRoot: string;
  /** Selects the programs to load. */
  readonly wanted: (program: ProgramSpec) => boolean;
  /** Functions of other programs that programs attach to, by the name of the object's program. */
  readonly targets: ReadonlyMap<string, ProgramTarget>;
  /** Whether the caller set the kernel BTF; then module BTF may not match it. */
  readonly typesGiven: boolean;
  /** Whether externs must exist that no loaded program uses. */
  readonly allExterns: boolean;
  /** Whether to load without BTF if BTF_LOAD is not permitted. */
  readonly btfOptional: boolean;
  /** The kernel config as text; if not set, the loader reads it from the kernel. */
  readonly kconfig?: string;
  /** Release of the kernel, as `uname -r` prints it. */
  readonly kernelRelease: string;
}

/** A function of a loaded program that another program attaches to or replaces. */
export interface ProgramTarget {
  readonly fd: number;
  readonly function: string;
}

/** The state of a load: open fds, and what the loader has found. */
export class Session {
  readonly object: ObjectSpec;
  readonly options: SessionOptions;
  readonly token: TokenInUse | undefined;
  /** Why no token is used, or why mounts before the used one gave none. */
  readonly reasons: readonly TokenReason[];
  readonly notes: LoadNote[] = [];
  readonly maps: Map<string, LoadedMap> = new Map();
  readonly programs: Map<string, LoadedProgram> = new Map();
  /** The fd of the object's BTF. */
  btfFd: number | undefined;
  /** The struct_ops values, by the name of their map. */
  readonly tables: Map<string, Uint8Array> = new Map();
  /** The BTF of kernel modules, if the load needed it. */
  modules: Modules | undefined;
  readonly #open = new Set<number>();

  constructor(object: ObjectSpec, options: SessionOptions, found: FoundToken) {
    this.object = object;
    this.options = options;
    this.token = found.token;
    this.reasons = found.reasons;
  }

  /** Registers an fd to be closed if the load fails. */
  own(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  /** Closes an fd now. */
  *drop(fd: number): Steps<void> {
    if (this.#open.delete(fd)) yield* close(fd);
  }

  /** Closes all fds, the last one first. */
  *dropAll(): Steps<void> {
    for (const fd of [...this.#open].reverse()) yield* this.drop(fd);
  }

  note(subject: string, text: string): void {
    this.notes.push({ subject, text });
  }
}
