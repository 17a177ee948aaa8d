// SPDX-License-Identifier: MIT
import type { Rule } from "./rule.js";

/** Texts of compilers. They are last: BCC prints refused maps in the form of a compiler's error. */
export const compilerRules: readonly Rule[] = [
  {
    find: /fatal error: .{1,120}(?:file not found|No such file)/i,
    causes: ["explain.headers", "explain.compile"],
    strength: 2,
  },
  {
    find: /\bimplicit declaration of function '/,
    causes: ["explain.compile", "explain.headers"],
    strength: 2,
  },
  {
    find: /BPF stack limit/,
    causes: ["explain.program_size", "explain.compile"],
    strength: 2,
  },
  {
    find: /:\d+:\d+: (?:fatal )?error: |\berror: .{0,120}: A call to (?:global|built-in) function |^clang(?:-\d+)?: error: |\berror: variable has incomplete type/,
    causes: ["explain.compile", "explain.headers"],
    strength: 2,
  },
];
