// SPDX-License-Identifier: MIT
import { CALL, type Code, classOf, EXIT, JUMP, LONG_JUMP, TWO_SLOTS, targetOf } from "./code.js";

/** The instructions that jump back into a loop, found by a depth-first search of each function. */
export function loopsOf(code: Code): readonly number[] {
  const found: number[] = [];
  /** 1: on the way from the start; 2: done. */
  const seen = new Uint8Array(code.count);
  for (const start of code.functions.keys()) {
    const path = [{ at: start, next: nextOf(code, start) }];
    seen[start] = 1;
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = top.next.pop();
      if (to === undefined) {
        seen[top.at] = 2;
        path.pop();
      } else if (to >= 0 && to < code.count && seen[to] === 1) found.push(top.at);
      else if (to >= 0 && to < code.count && seen[to] === 0) {
        seen[to] = 1;
        path.push({ at: to, next: nextOf(code, to) });
      }
    }
  }
  return found.sort((a, b) => a - b);
}

function nextOf(code: Code, at: number): number[] {
  const opcode = code.code[at] ?? 0;
  if (opcode === EXIT) return [];
  if (opcode === JUMP || opcode === LONG_JUMP) return [targetOf(code, at)];
  const isBranch = classOf(opcode) === 5 || classOf(opcode) === 6;
  const after = at + (opcode === TWO_SLOTS ? 2 : 1);
  return isBranch && opcode !== CALL ? [targetOf(code, at), after] : [after];
}
