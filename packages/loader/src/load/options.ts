// SPDX-License-Identifier: MIT
import type { Btf, ObjectSpec, ProgramSpec } from "@bpf-token/object";
import { assertOptions, type FdLike, fdOf, type Task } from "@bpf-token/syscall";
import { variablesOf } from "../objects/variables.js";
import { tokenSource } from "../token/discover.js";
import { environment, Token } from "../token/token.js";
import type { TokenChoice } from "./load.js";
import type { SessionOptions } from "./session.js";
import { optionalPrograms } from "./struct-ops.js";

/** Options of {@link Collection.load}. */
export interface LoadOptions {
  /**
   * Which token to use. Since Linux 6.9.
   *
   * - `"auto"`, the default: the path in `LIBBPF_BPF_TOKEN_PATH`; without the variable, the first
   *   bpffs mount that gives a token; otherwise none.
   * - `"never"`: none.
   * - A {@link Token}, or the path of a bpffs mount: exactly that one. The load fails without it.
   */
  readonly token?: "auto" | "never" | Token | (string & {});
  /** The environment in which to look for `LIBBPF_BPF_TOKEN_PATH`. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * BTF of the kernel. Default: the loader reads `/sys/kernel/btf/vmlinux`, once per kernel. If you
   * set it, CO-RE does not search modules.
   */
  readonly kernelBtf?: Btf;
  /**
   * The programs to load: names, or a function. Default: all programs whose `SEC()` does not begin
   * with `?`.
   */
  readonly programs?: readonly string[] | ((program: ProgramSpec) => boolean);
  /**
   * Initial values of global variables, by name. This is the only way to set constants
   * (`const volatile`), because the verifier uses their values.
   */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Contents of maps of variables, by map name, instead of the object's contents. */
  readonly contents?: ReadonlyMap<string, Uint8Array>;
  /** Existing maps to use instead of creating the object's, by name. The caller still owns them. */
  readonly maps?: Readonly<Record<string, FdLike<"map">>>;
  /**
   * Functions of loaded programs that the object's programs replace (`freplace`) or attach to
   * (`fentry`, `fexit`), by the name of the object's program.
   */
  readonly targets?: Readonly<
    Record<string, { readonly program: FdLike<"prog">; readonly function: string }>
  >;
  /** The directory in a BPF filesystem for pinned maps. Default `/sys/fs/bpf`. */
  readonly pinRoot?: string;
  /**
   * Whether a load fails if the token does not allow BPF_BTF_LOAD. With `"optional"`, maps and
   * programs are loaded without BTF, and the collection has a note about it. Default `"needed"`.
   */
  readonly btf?: "needed" | "optional";
  /**
   * Which kernel variables and functions must exist: those that the loaded programs use (`"used"`,
   * the default), or, as in libbpf, all that the object declares (`"all"`).
   */
  readonly externs?: "used" | "all";
  /** The kernel config as text. Default: the file in `/boot`, or `/proc/config.gz`. */
  readonly kconfig?: string;
}

/** The keys of {@link LoadOptions}. */
const names: readonly (keyof LoadOptions)[] = [
  ...(["token", "env", "kernelBtf", "programs", "variables", "contents", "maps"] as const),
  ...(["targets", "pinRoot", "btf", "externs", "kconfig"] as const),
];

/**
 * Checks the options and determines where the token comes from.
 *
 * @throws TypeError for an unknown option, for a value that is not a token, and for a token of another kernel.
 */
export function tokenChoice(task: Task, options: LoadOptions): TokenChoice {
  assertOptions("Collection.load", options, names);
  const { token = "auto", env = environment() } = options;
  if (typeof token === "string") return tokenSource(token, env);
  if (!(token instanceof Token)) {
    throw new TypeError("Collection.load: token must be a Token, 'auto', 'never' or a path");
  }
  fdOf(token.fd, task, "Collection.load: token");
  return { kind: "given", token: token.inUse() };
}

/** Applies the defaults of the options. */
export function sessionOptions(
  object: ObjectSpec,
  options: LoadOptions,
  kernelRelease: string,
  task?: Task,
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
    maps: new Map(given.map(([name, fd]) => [name, fdOf(fd, task, `maps.${name}`)])),
    pinRoot,
    wanted: wantedPrograms(object, options.programs),
    targets: new Map(
      Object.entries(options.targets ?? {}).map(([name, target]) => [
        name,
        { fd: fdOf(target.program, task, `targets.${name}.program`), function: target.function },
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
