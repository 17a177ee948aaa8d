// SPDX-License-Identifier: MIT
// @ts-check
import { fillTemplate } from "../../lib/template.mjs";
import { cHeader } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */

/** @param {string} name @param {Record<string, string | number>} [values] */
function templateText(name, values) {
  return fillTemplate(new URL(`templates/${name}.h`, import.meta.url), values);
}

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
 * The system call table for the model's dispatcher and for the executor.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>}
 */
export function emitSyscalls(facts) {
  const numbers = facts.syscalls.map((s) => `\tNR_${s.name} = ${s.nr},`).join("\n");
  const table = facts.syscalls.map((s) => row(`X(${s.name}, ${s.nr}, ${s.args.length}, `, six(s)));
  const kinds = templateText("syscall_arg");
  const model = templateText("syscalls_model", {
    numbers,
    end: Math.max(...facts.syscalls.map((s) => s.nr)) + 1,
    kinds,
    rows: table.join("\n").replace(/ \\$/, ""),
  });
  const rows = facts.syscalls.map((s) => {
    const args = s.args.map(kindOf).join(", ") || "ARG_NONE";
    return `\t{ ${s.nr}, __NR_${s.name}, "${s.name}", ${s.args.length}, { ${args} } },`;
  });
  const executor = templateText("syscalls_executor", { kinds, rows: rows.join("\n") });
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
