// SPDX-License-Identifier: MIT
import type { Btf, ObjectSpec, ProgramSpec } from "@bpf-token/object";
import { type FdLike, fdOf } from "@bpf-token/syscall";
import { variablesOf } from "../objects/variables.js";
import { tokenSource } from "../token/discover.js";
import { environment, Token } from "../token/token.js";
import type { TokenChoice } from "./load.js";
import type { SessionOptions } from "./session.js";
import { optionalPrograms } from "./struct-ops.js";

/** How an object is loaded. */
export interface LoadOptions {
  /**
   * `"auto"`, the default: what the environment's `LIBBPF_BPF_TOKEN_PATH` says, else the first BPF FS
   * that gives one, else none. `"never"`: none. A {@link Token}, or the path of a BPF FS: that one,
   * and it is an error if there is none. Since Linux 6.9.
   */
  readonly token?: "auto" | "never" | Token | (string & {});
  /** Where `LIBBPF_BPF_TOKEN_PATH` may stand. Default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * The types of the kernel. Default: what it shows in `/sys/kernel/btf/vmlinux`, read once. CO-RE
   * looks into modules only where they are not given.
   */
  readonly kernelBtf?: Btf;
  /**
   * Which programs are loaded: names, or a function. Default those that the object does not mark
   * with a `?` in `SEC()`.
   */
  readonly programs?: readonly string[] | ((program: ProgramSpec) => boolean);
  /**
   * Variables with a value other than that of the object, by name. Constants (`const volatile`) can be
   * set here only: programs are verified with their values.
   */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Contents of maps of variables, by the map's name, in place of those of the object. */
  readonly contents?: ReadonlyMap<string, Uint8Array>;
  /** Maps that are used in place of those of the object, by name; they stay the caller's. */
  readonly maps?: Readonly<Record<string, FdLike<"map">>>;
  /**
   * Functions of loaded programs that programs of the object take the place of (`freplace`) or are
   * attached to (`fentry`, `fexit`), by the name of the object's program.
   */
  readonly targets?: Readonly<
    Record<string, { readonly program: FdLike<"prog">; readonly function: string }>
  >;
  /** A directory of a BPF FS, where maps that want to be pinned are. Default `/sys/fs/bpf`. */
  readonly pinRoot?: string;
  /**
   * Whether a token that does not allow BPF_BTF_LOAD is an error, which is the default. `"optional"`:
   * maps and programs have no types then, and a note says so.
   */
  readonly btf?: "needed" | "optional";
  /**
   * Which variables and functions of the kernel have to be there: those that the programs refer to
   * that are loaded, which is the default, or, as with libbpf, all that the object has.
   */
  readonly externs?: "used" | "all";
  /**
   * The configuration of the kernel, as text. Default: the file in `/boot`, or
   * `/proc/config.gz`.
   */
  readonly kconfig?: string;
}

/** Where the token comes from. */
export function tokenChoice({ token = "auto", env = environment() }: LoadOptions): TokenChoice {
  if (token instanceof Token) return { kind: "given", token: token.inUse() };
  return tokenSource(token, env);
}

/** Options with what they are by default. */
export function sessionOptions(
  object: ObjectSpec,
  options: LoadOptions,
  kernelRelease: string,
): SessionOptions {
  const { kconfig, pinRoot = "/sys/fs/bpf" } = options;
  const contents = contentsOf(object, options);
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
    targets: new Map(
      Object.entries(options.targets ?? {}).map(([name, target]) => [
        name,
        { fd: fdOf(target.program), function: target.function },
      ]),
    ),
    typesGiven: options.kernelBtf !== undefined,
    allExterns: options.externs === "all",
    btfOptional: options.btf === "optional",
    kernelRelease,
    ...(kconfig === undefined ? {} : { kconfig }),
  };
}

function contentsOf(
  object: ObjectSpec,
  { contents = new Map(), variables }: LoadOptions,
): ReadonlyMap<string, Uint8Array> {
  if (variables === undefined) return contents;
  const set = variablesOf(object, contents);
  for (const [name, value] of Object.entries(variables)) set.set(name, value);
  return new Map([...contents, ...set.contents]);
}

function wantedPrograms(
  object: ObjectSpec,
  programs: LoadOptions["programs"],
): SessionOptions["wanted"] {
  if (programs === undefined) {
    const optional = optionalPrograms(object);
    return ({ autoload, name }) => autoload && !optional.has(name);
  }
  if (typeof programs === "function") return programs;
  for (const name of programs) {
    if (!object.programs.some((program) => program.name === name)) {
      throw new RangeError(`${object.name} has no program ${name}`);
    }
  }
  return ({ name }) => programs.includes(name);
}
