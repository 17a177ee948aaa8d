// SPDX-License-Identifier: MIT
import { axisNames, type DelegationAxis } from "../axes.js";
import { DelegationError } from "../error.js";
import { parseMask } from "../mask-text.js";
import type { DelegationMasks } from "../masks.js";

/** Collects masks and notes. */
export class Found {
  readonly #masks: Record<DelegationAxis, bigint> = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n };
  readonly notes: string[] = [];
  any = false;

  get masks(): DelegationMasks {
    return this.#masks;
  }

  add(axis: DelegationAxis, mask: bigint): void {
    this.any = true;
    this.#masks[axis] |= mask;
  }

  clear(axis: DelegationAxis): void {
    this.any = true;
    this.#masks[axis] = 0n;
  }
}

/** Parses a value in the kernel's syntax, and notes what the kernel refuses. */
export function maskOf(axis: DelegationAxis, value: string, found: Found): bigint {
  const mask = parseMask(axis, value);
  for (const word of value.split(":")) {
    if (!/^bpf_/i.test(word)) continue;
    const bare = word.toLowerCase().replace(/^bpf_((map|prog)_type_)?/, "");
    found.notes.push(`the kernel refuses the full name '${word}'; write '${bare}'`);
  }
  return mask;
}

export function unknownKey(
  key: string,
  prefix: string,
  words: readonly string[] = axisNames,
): DelegationError {
  const shown = JSON.stringify(key).slice(1, -1);
  const known = words.map((word) => prefix + word).join(", ");
  return new DelegationError(`unknown key '${shown}'; known: ${known}`);
}
