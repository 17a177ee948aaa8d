// SPDX-License-Identifier: MIT
// @ts-check
import { cHeader } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */

const kinds = `/* What an argument is; IN: the kernel reads, OUT: it writes, INOUT: both. */
enum syscall_arg {
	ARG_NONE,
	ARG_FD,
	ARG_INT,
	ARG_UINT,
	ARG_LONG,
	ARG_ULONG,
	ARG_MODE,
	ARG_STR,
	ARG_PTR_IN,
	ARG_PTR_OUT,
	ARG_PTR_INOUT
};`;

/** @param {import("./facts.mjs").ArgFacts} arg */
function kindOf(arg) {
  return arg.kind === "ptr" ? `ARG_PTR_${arg.dir?.toUpperCase()}` : `ARG_${arg.kind.toUpperCase()}`;
}

/** @param {import("./facts.mjs").SyscallFacts} call */
function six(call) {
  return Array.from({ length: 6 }, (_, i) => {
    const arg = call.args[i];
    return arg === undefined ? "ARG_NONE" : kindOf(arg);
  });
}

/** @param {string} head @param {string[]} words */
function row(head, words) {
  const [a, b] = [words.slice(0, 3).join(", "), words.slice(3).join(", ")];
  return `\t${head}${a}, \\\n\t\t${b}) \\`;
}

/**
 * The system call table: for the model's dispatcher, and for the executor.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>}
 */
export function emitSyscalls(facts) {
  const nrs = facts.syscalls.map((s) => `\tNR_${s.name} = ${s.nr},`).join("\n");
  const table = facts.syscalls.map((s) => row(`X(${s.name}, ${s.nr}, ${s.args.length}, `, six(s)));
  const model = `/* Numbers of x86-64, on every machine. */
enum syscall_nr {
${nrs}
	NR_SYSCALLS_END = ${Math.max(...facts.syscalls.map((s) => s.nr)) + 1}
};

${kinds}

/* X(name, number, number of arguments, six kinds of arguments) */
#define SYSCALL_TABLE(X) \\
${table.join("\n").replace(/ \\$/, "")}`;
  const rows = facts.syscalls.map((s) => {
    const args = s.args.map(kindOf).join(", ") || "ARG_NONE";
    return `\t{ ${s.nr}, "${s.name}", ${s.args.length}, { ${args} } },`;
  });
  const executor = `${kinds}

struct syscall_entry {
	unsigned int nr;
	const char *name;
	unsigned char nargs;
	unsigned char args[6];	/* enum syscall_arg */
};

static const struct syscall_entry syscall_table[] = {
${rows.join("\n")}
};`;
  return new Map([
    [
      "core-c/include/generated/syscalls.h",
      cHeader("GPL-2.0-only", "_GENERATED_SYSCALLS_H", model),
    ],
    [
      "packages/kernel-native/native/generated/syscalls.h",
      cHeader("MIT", "_EXECUTOR_SYSCALLS_H", executor),
    ],
  ]);
}
