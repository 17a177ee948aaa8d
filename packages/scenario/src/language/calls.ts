// SPDX-License-Identifier: MIT
import { faultKinds, lsmHooks } from "@bpf-token/syscall";
import { type SyscallEntry, syscallTable } from "@bpf-token/uapi";
import { groupOf, groups, type NameGroup } from "./names.js";

/** A parameter of a step. Its kind decides how the parser reads the value. */
export type Param = { readonly name: string; readonly required?: true } & (
  | { readonly kind: "number"; readonly groups: readonly NameGroup[] }
  | { readonly kind: "pointer"; readonly struct?: string; readonly out: boolean }
  | { readonly kind: "attr" | "tail" | "poke" }
  | { readonly kind: "task" | "new-task" | "text" | "ids" | "mask" | "names" | "sets" | "answer" }
  | { readonly kind: "word"; readonly words: readonly string[] }
);

/** The meaning of a call's return value. */
export type AnswerKind = "number" | "fd" | "pid" | "status";

/** The name and the parameters of a step. */
export interface CallSpec {
  readonly name: string;
  readonly params: readonly Param[];
  readonly answer: AnswerKind;
  /** The entry of the system call table; undefined for operations and shorthands. */
  readonly entry?: SyscallEntry;
  /** Parameters of which at least one is required, because the step does nothing without them. */
  readonly someOf?: readonly string[];
  /** Whether the step reads text, which expectations can check. */
  readonly text?: true;
}

const number = (name: string, ...keys: readonly (string | undefined)[]): Param => ({
  name,
  kind: "number",
  groups: keys.map(groupOf).filter((group) => group !== undefined),
});
const needed = (param: Param): Param => ({ ...param, required: true });
const task = (name: string): Param => ({ name, kind: "task" });
const word = (name: string, ...words: readonly string[]): Param => ({ name, kind: "word", words });

/** Further flags of an argument, in addition to the group in the system call table. */
const moreFlags: Readonly<Record<string, readonly string[]>> = {
  "open_tree.flags": ["AT"],
  "fcntl.cmd": ["F"],
  "ioctl.request": ["NS"],
};

function systemCall(entry: SyscallEntry): CallSpec {
  const params = entry.args.map((arg): Param => {
    if (arg.kind === "str" || arg.kind === "ptr") {
      const size = arg.size as { readonly struct?: string } | undefined;
      const out = arg.kind === "ptr" && arg.dir !== "in";
      const struct = size?.struct;
      return { name: arg.name, kind: "pointer", out, ...(struct === undefined ? {} : { struct }) };
    }
    const more = moreFlags[`${entry.name}.${arg.name}`] ?? [];
    return number(arg.name, arg.enum, arg.flags, ...more);
  });
  return { name: entry.name, params, answer: entry.returns === "fd" ? "fd" : "number", entry };
}

/**
 * The step `bpf`, which takes fields in place of raw memory, and `size`, `tail` and `poke` to change it.
 * `common` and `common_size` are the common attributes of Linux 7.2.
 */
function bpfCall(entry: SyscallEntry): CallSpec {
  const params: readonly Param[] = [
    needed(number("cmd", "bpf_cmd")),
    { name: "attr", kind: "attr" },
    number("size"),
    { name: "tail", kind: "tail" },
    { name: "poke", kind: "poke" },
    { name: "common", kind: "pointer", out: true, struct: "bpf_common_attr" },
    number("common_size"),
  ];
  return { name: "bpf", params, answer: "number", entry };
}

const sysctl: Param = needed(word("name", "kernel.unprivileged_bpf_disabled"));
const path: Param = needed({ name: "path", kind: "text" });
const masks = ["cmds", "maps", "progs", "attachs"].map((name): Param => ({ name, kind: "mask" }));
const ids = (name: string): Param => ({ name, kind: "ids" });
const setNames = (name: string): Param => ({ name, kind: "names" });
const sets = (name: string): Param => ({ name, kind: "sets" });

/** A shorthand that only handles the arguments that are given. */
function partly(name: string, always: readonly Param[], some: readonly Param[]): CallSpec {
  return {
    name,
    params: [...always, ...some],
    answer: "number",
    someOf: some.map((param) => param.name),
  };
}

/** Steps that are not system calls: operations of a task or a kernel, and shorthands. */
const others: readonly CallSpec[] = [
  { name: "fork", params: [needed({ name: "task", kind: "new-task" })], answer: "pid" },
  { name: "exec", params: [], answer: "number" },
  { name: "exit", params: [number("status")], answer: "number" },
  { name: "wait", params: [needed(task("task"))], answer: "status" },
  { name: "send", params: [needed(number("fd")), needed(task("to"))], answer: "fd" },
  {
    name: "open_namespace",
    params: [needed(word("kind", "user", "mnt")), task("of")],
    answer: "fd",
  },
  { name: "read_sysctl", params: [sysctl], answer: "number" },
  { name: "write_sysctl", params: [sysctl, needed(number("value"))], answer: "number" },
  { name: "settle", params: [], answer: "number" },
  partly(
    "lsm",
    [],
    // The kernel ignores the return value of bpf_token_free.
    lsmHooks
      .filter((name) => name !== "bpf_token_free")
      .map((name): Param => ({ name, kind: "answer" })),
  ),
  partly(
    "fail",
    [],
    faultKinds.map((kind) => number(kind)),
  ),
  { name: "read_file", params: [path], answer: "number", text: true },
  {
    name: "write_file",
    params: [path, needed({ name: "text", kind: "text" })],
    answer: "number",
  },
  partly("id_maps", [task("of")], [word("setgroups", "deny", "allow"), ids("uid"), ids("gid")]),
  partly(
    "caps",
    [],
    [
      ...["drop", "raise", "only"].map(setNames),
      ...["effective", "permitted", "inheritable"].map(sets),
    ],
  ),
  partly("become", [], [number("uid"), number("gid")]),
  { name: "container", params: [number("uid"), number("gid")], answer: "number" },
  partly("delegate", [needed(number("fs"))], masks),
  { name: "bpffs", params: [needed(task("for")), ...masks], answer: "fd" },
];

/** Every step, by name. */
export const calls: ReadonlyMap<string, CallSpec> = new Map(
  [...syscallTable.map((e) => (e.name === "bpf" ? bpfCall(e) : systemCall(e))), ...others].map(
    (spec) => [spec.name, spec],
  ),
);

/** The group of capability names. */
export const capabilityNames: NameGroup | undefined = groups.capability;

/** Returns a parameter by name. */
export function paramOf(spec: CallSpec, name: string): Param | undefined {
  return spec.params.find((param) => param.name === name);
}
