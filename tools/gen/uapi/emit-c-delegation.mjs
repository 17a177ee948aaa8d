// SPDX-License-Identifier: MIT
// @ts-check
import { cHeader } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */

/** The delegate masks in the kernel's order, by the word in the names of their tables. */
const axes = {
  cmd: "bpf_cmd",
  map: "bpf_map_type",
  prog: "bpf_prog_type",
  attach: "bpf_attach_type",
};

/**
 * The names of the bits of the delegate masks, for the OCI hook: the first name of a bit is the one
 * that the kernel prints.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>}
 */
export function emitDelegation(facts) {
  const tables = Object.entries(axes).map(([axis, kind]) => {
    const members = facts.enums[kind]?.members ?? [];
    const rows = members.map(({ name, value }) => `\t{ "${name.toLowerCase()}", ${value} },`);
    return [`static const struct bit_name ${axis}_names[] = {`, ...rows, "};"].join("\n");
  });
  const type = "struct bit_name {\n\tconst char *name;\n\tunsigned int bit;\n};";
  return new Map([
    [
      "packages/kernel-native/native/generated/delegation.h",
      cHeader("MIT", "_HOOK_DELEGATION_H", [type, ...tables].join("\n\n")),
    ],
  ]);
}
