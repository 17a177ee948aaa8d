// SPDX-License-Identifier: MIT
import { axisNames, type DelegationAxis, isDelegationAxis } from "./axes.js";
import { parseMask } from "./mask-text.js";
import { bitsOf, type DelegationMasks } from "./masks.js";
import { ALL_BITS, bitName } from "./names.js";

/** One mask of a token, as {@link describeTokenMasks} returns it. */
export interface TokenMask {
  /** The field of fdinfo: `allowed_cmds`. */
  readonly key: string;
  /** The value as fdinfo prints it: `0x21` or `any`. */
  readonly value: string;
  /** The names of the bits, or only their number if there are more than eight. */
  readonly names: string;
}

interface Row {
  readonly axis: DelegationAxis;
  readonly value: string;
}

/** The masks in the text of fdinfo: `any`, or a number in hex. */
function rowsOf(text: string): readonly Row[] {
  return text.split("\n").flatMap((line) => {
    const [, axis = "", value = ""] = /^allowed_(\w+):\s*(any|0x[0-9a-f]{1,16})$/.exec(line) ?? [];
    return isDelegationAxis(axis) ? [{ axis, value }] : [];
  });
}

/**
 * Parses the masks of a token from `/proc/PID/fdinfo/FD`. The kernel prints them since Linux 6.9.
 *
 * @returns `undefined` for the fdinfo of any other file.
 * @example
 * ```ts
 * parseTokenMasks(readFileSync("/proc/self/fdinfo/5", "utf8"))?.cmds; // 0x21n
 * ```
 */
export function parseTokenMasks(text: string): DelegationMasks | undefined {
  const rows = rowsOf(text);
  if (!axisNames.every((axis) => rows.some((row) => row.axis === axis))) return undefined;
  const mask = (axis: DelegationAxis): bigint =>
    parseMask(axis, rows.find((row) => row.axis === axis)?.value ?? "");
  return { cmds: mask("cmds"), maps: mask("maps"), progs: mask("progs"), attachs: mask("attachs") };
}

/**
 * Describes the masks of a token in `/proc/PID/fdinfo/FD`, for people.
 *
 * @returns an empty list for the fdinfo of any other file.
 * @example
 * ```ts
 * describeTokenMasks("allowed_cmds:\t0x21\n");
 * // [{ key: "allowed_cmds", value: "0x21", names: "map_create, prog_load" }]
 * ```
 */
export function describeTokenMasks(text: string): readonly TokenMask[] {
  return rowsOf(text).map(({ axis, value }) => {
    return { key: `allowed_${axis}`, value, names: describe(axis, parseMask(axis, value)) };
  });
}

function describe(axis: DelegationAxis, mask: bigint): string {
  if (mask === ALL_BITS) return "";
  const bits = bitsOf(mask);
  if (bits.length > 8) return `${bits.length} bits`;
  return bits.map((bit) => bitName(axis, bit) ?? `bit ${bit}`).join(", ");
}
