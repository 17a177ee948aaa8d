// SPDX-License-Identifier: MIT
// Generates BPF objects of any size: the same map, variable, function and program, repeated under
// other names.
import { fillTemplate } from "../../lib/template.mjs";

const head = new URL("object-head.h", import.meta.url);
const part = new URL("object-part.c", import.meta.url);

/**
 * C source of an object with `programs` programs, each with a map, a variable, a function and
 * CO-RE.
 */
export function sourceOf(programs) {
  const parts = Array.from({ length: programs }, (_, n) => fillTemplate(part, { n }));
  return `${[fillTemplate(head), ...parts].join("\n\n")}\n`;
}
