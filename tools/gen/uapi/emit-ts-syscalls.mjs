// SPDX-License-Identifier: MIT
// @ts-check
import { tsFile } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */
/** @typedef {import("./facts.mjs").ArgFacts} ArgFacts */
/** @typedef {import("./facts.mjs").SyscallFacts} SyscallFacts */

/**
 * The system call table, and one raw function per call.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>}
 */
export function emitCalls(facts) {
  return new Map([
    ["packages/uapi/src/generated/syscalls.ts", tsFile(table(facts))],
    ["packages/syscall/src/generated/raw.ts", tsFile(raw(facts))],
  ]);
}

/** @param {unknown} value @returns {string} JSON with blanks and bare keys */
function inline(value) {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([k, v]) => `${k}: ${inline(v)}`);
  return `{ ${pairs.join(", ")} }`;
}

/** @param {Facts} facts */
function table(facts) {
  const names = facts.syscalls.map((s) => `  | "${s.name}"`).join("\n");
  const rows = facts.syscalls.map((s) => {
    const { args, ...head } = s;
    const lines = args.map((a) => `      ${inline(a)},`);
    const body = lines.length === 0 ? "[]" : `[\n${lines.join("\n")}\n    ]`;
    return `  {\n    ${inline(head).slice(2, -2)},\n    args: ${body},\n  },`;
  });
  return `import type { SyscallEntry } from "../syscall-types.js";

/** A system call of the table. */
export type SyscallName =
${names};

/** The system calls that the project knows, by number on x86-64. */
export const syscallTable: readonly SyscallEntry[] = [
${rows.join("\n")}
];`;
}

/** @param {string} name @returns {string} snake_case to camelCase */
function camel(name) {
  return name.replace(/_(\w)/g, (_, c) => c.toUpperCase());
}

const reserved = new Set(["new", "in", "delete", "enum", "function", "var", "arguments"]);

/** @param {ArgFacts} arg */
function param(arg) {
  const name = camel(arg.name);
  return reserved.has(name) ? `${name}_` : name;
}

/** @param {ArgFacts} arg */
function paramType(arg) {
  if (arg.kind === "ptr" || arg.kind === "str") return "Ptr";
  if (arg.kind === "ulong" || arg.kind === "long") return "SyscallArg";
  return "number";
}

/** @param {ArgFacts} arg */
function typeAndDefault(arg) {
  const type = paramType(arg);
  if (arg.optional !== true) return `: ${type}`;
  return type === "Ptr" ? ": Ptr = null" : " = 0";
}

/** @param {ArgFacts} arg */
function paramText(arg) {
  if (arg.kind === "str") return "text, read up to its NUL.";
  if (arg.kind === "ptr") return `${direction(arg)} ${sizeText(arg)}.`;
  if (arg.enum !== undefined) return `value of \`enum ${arg.enum}\`.`;
  if (arg.kind === "fd") return `file descriptor${arg.flags === "AT" ? ", or `AT.FDCWD`" : ""}.`;
  if (arg.kind === "mode") return "permission bits of `S`.";
  const width = arg.kind === "ulong" || arg.kind === "long" ? "64-bit number" : "32-bit number";
  return arg.flags === undefined ? `${width}.` : `of \`${arg.flags}\`.`;
}

/** @param {ArgFacts} arg */
function direction(arg) {
  if (arg.dir === "in") return "read:";
  return arg.dir === "out" ? "written:" : "read and written:";
}

/** @param {ArgFacts} arg */
function sizeText(arg) {
  const { bytes, arg: count, unit, struct } = arg.size ?? {};
  if (struct !== undefined) return `\`struct ${struct}\``;
  if (bytes !== undefined) return `${bytes} bytes`;
  if (count === undefined) return "as many bytes as the request defines";
  return unit === undefined
    ? `\`${camel(count)}\` bytes`
    : `\`${camel(count)}\` times ${unit} bytes`;
}

/** @param {SyscallFacts} s */
function answer(s) {
  if (s.returns !== "fd") return s.returns === "int" && s.name !== "bpf" ? "≥ 0" : "a number ≥ 0";
  return s.fdKind === undefined ? "a file descriptor" : `a file descriptor (${s.fdKind})`;
}

/** @param {SyscallFacts} s */
function wrapper(s) {
  const doc = s.args.map((a) => ` * @param ${param(a)} - ${paramText(a)}`);
  const params = ["task: Task", ...s.args.map((a) => `${param(a)}${typeAndDefault(a)}`)];
  const values = [s.nr, ...s.args.map(param)].join(", ");
  const omitted = s.args.filter((a) => a.optional === true);
  const some = [s.nr, ...s.args.filter((a) => a.optional !== true).map(param)].join(", ");
  const none = omitted.map((a) => `${param(a)} === ${paramType(a) === "Ptr" ? null : 0}`);
  const short = `  if (${none.join(" && ")}) return task.syscall(${some});`;
  const oneLine = `export function ${s.name}(${params.join(", ")}): number {`;
  const head =
    oneLine.length <= 100
      ? oneLine
      : `export function ${s.name}(\n${params.map((p) => `  ${p},`).join("\n")}\n): number {`;
  return [
    "/**",
    ` * ${s.what} Since Linux ${s.since}.`,
    " *",
    " * @param task - the caller.",
    ...doc,
    ` * @returns ${answer(s)}, or \`-errno\`.`,
    " */",
    head,
    ...(omitted.length === 0 ? [] : [short]),
    `  return task.syscall(${values});`,
    "}",
  ].join("\n");
}

/** @param {Facts} facts */
function raw(facts) {
  const head = `import type { Ptr, SyscallArg } from "@bpf-token/uapi";
import type { Task } from "../kernel.js";`;
  return [head, ...facts.syscalls.map(wrapper)].join("\n\n");
}
