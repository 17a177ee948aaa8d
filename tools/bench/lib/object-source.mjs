// SPDX-License-Identifier: MIT
// Objects to measure with, of any size: as many times the same three things, under other names.
import { fillTemplate } from "../../lib/template.mjs";

const head = new URL("object-head.h", import.meta.url);
const part = new URL("object-part.c", import.meta.url);

/** C of an object with so many programs, each with a map, a variable, a function and CO-RE. */
export function sourceOf(programs) {
  const parts = Array.from({ length: programs }, (_, n) => fillTemplate(part, { n }));
  return `${[fillTemplate(head), ...parts].join("\n\n")}\n`;
}
