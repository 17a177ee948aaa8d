// SPDX-License-Identifier: MIT
// Changes what a named cause says is missing.
import { axisNames, bitOf } from "@bpf-token/delegation";
import { ANY, hasLink } from "./combination.mjs";

/**
 * Applies a cause of trace or doctor, whose data names what is missing.
 *
 * @param {{ id: string, lacks?: readonly { axis: string, bit?: number, name: string }[] }} cause
 * @returns the combination with all that is missing; undefined if this changes nothing.
 */
export function mend({ id, lacks = [] }, combination) {
  const whole = mendWhole(id, combination);
  if (whole !== undefined) return whole;
  const { masks, caps } = lacks.reduce(withLack, combination);
  return changed({ ...combination, masks, caps }, combination);
}

/** Applies a cause of explain, which has only the words of its fix, as a reader does. */
export function mendByText({ id, fix }, combination) {
  const whole = mendWhole(id, combination);
  if (whole !== undefined) return whole;
  const text = fix.join("\n");
  const bits = [...text.matchAll(/add (\w+) to delegate_(\w+)/g)].map(([, name, axis]) => ({
    axis: axisNames.find((one) => one === axis),
    bit: bitOf(axis, name),
  }));
  const caps = [...text.matchAll(/CAP_(BPF|NET_ADMIN|PERFMON)\b/g)].map(([, name]) => ({
    axis: "caps",
    name,
  }));
  return mend({ id, lacks: bits.length > 0 ? bits : caps }, combination);
}

/** What is not a bit or a capability. */
function mendWhole(id, combination) {
  switch (id) {
    case "token.create.delegation":
      return { ...combination, masks: { cmds: ANY, maps: ANY, progs: ANY, attachs: ANY } };
    case "trace.seccomp":
    case "doctor.seccomp":
      return changed({ ...combination, seccomp: false }, combination);
    case "doctor.netns":
      if (combination.wire !== "netlink" || combination.netns === "own") return undefined;
      return { ...combination, ...(hasLink(combination) ? { wire: "link" } : { netns: "own" }) };
    default:
      return undefined;
  }
}

/** The other fix of `doctor.netns`. */
export const withOwnNetwork = (combination) => ({ ...combination, netns: "own" });

function withLack(combination, { axis, bit, name }) {
  const { masks, caps } = combination;
  if (axis !== "caps") {
    return { ...combination, masks: { ...masks, [axis]: masks[axis] | (1n << BigInt(bit)) } };
  }
  const added = name.toUpperCase();
  return caps.includes(added) ? combination : { ...combination, caps: [...caps, added] };
}

/** Whether a combination has all that another one has. */
export const includes = (one, other) =>
  axisNames.every((axis) => (other.masks[axis] & ~one.masks[axis]) === 0n) &&
  other.caps.every((name) => one.caps.includes(name)) &&
  one.seccomp === other.seccomp &&
  one.wire === other.wire &&
  one.netns === other.netns;

const changed = (one, before) => (includes(before, one) ? undefined : one);
