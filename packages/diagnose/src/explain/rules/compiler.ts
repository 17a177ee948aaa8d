// SPDX-License-Identifier: MIT
import type { Rule } from "./rule.js";

/** Texts of compilers. They are last: BCC prints refused maps in the form of a compiler's error. */
export const compilerRules: readonly Rule[] = [
  {
    find: /:\d+:\d+: (?:fatal )?error: |\berror: .{0,120}: A call to (?:global|built-in) function |^clang(?:-\d+)?: error: /,
    causes: ["explain.compile", "explain.headers"],
    strength: 2,
  },
];
