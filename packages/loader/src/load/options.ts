// SPDX-License-Identifier: MIT
import type { Btf, ObjectSpec, ProgramSpec } from "@bpf-token/object";
import { type FdLike, fdOf } from "@bpf-token/syscall";
import type { SessionOptions } from "./session.js";

/** How an object is loaded. */
export interface LoadOptions {
  /** The types of the kernel. Default: what it shows in `/sys/kernel/btf/vmlinux`, read once. */
  readonly kernelBtf?: Btf;
  /**
   * Which programs are loaded: names, or a function. Default those that the object does not mark
   * with a `?` in `SEC()`.
   */
  readonly programs?: readonly string[] | ((program: ProgramSpec) => boolean);
  /** Contents of maps of variables, by the map's name, in place of those of the object. */
  readonly contents?: ReadonlyMap<string, Uint8Array>;
  /** Maps that are used in place of those of the object, by name; they stay the caller's. */
  readonly maps?: Readonly<Record<string, FdLike<"map">>>;
  /** A directory of a BPF FS, where maps that want to be pinned are. Default `/sys/fs/bpf`. */
  readonly pinRoot?: string;
  /**
   * The configuration of the kernel, as text. Default: the file in `/boot`.
   */
  readonly kconfig?: string;
}

/** Options with what they are by default. */
export function sessionOptions(
  object: ObjectSpec,
  options: LoadOptions,
  kernelRelease: string,
): SessionOptions {
  const { kconfig, pinRoot = "/sys/fs/bpf", contents = new Map() } = options;
  const known = new Set(object.maps.map(({ name }) => name));
  const given = Object.entries(options.maps ?? {});
  for (const name of [...given.map(([each]) => each), ...contents.keys()]) {
    if (!known.has(name)) throw new RangeError(`${object.name} has no map ${name}`);
  }
  return {
    contents,
    maps: new Map(given.map(([name, fd]) => [name, fdOf(fd)])),
    pinRoot,
    wanted: wantedPrograms(object, options.programs),
    targets: new Map(),
    kernelRelease,
    ...(kconfig === undefined ? {} : { kconfig }),
  };
}

function wantedPrograms(
  object: ObjectSpec,
  programs: LoadOptions["programs"],
): SessionOptions["wanted"] {
  if (programs === undefined) return ({ autoload }) => autoload;
  if (typeof programs === "function") return programs;
  for (const name of programs) {
    if (!object.programs.some((program) => program.name === name)) {
      throw new RangeError(`${object.name} has no program ${name}`);
    }
  }
  return ({ name }) => programs.includes(name);
}
