// SPDX-License-Identifier: MIT
// Changes what a named cause says is missing. Reads its data, and no sentence.
import { ANY, hasLink } from "./combination.mjs";

/** The combination with what a cause says is missing; undefined if this changes nothing. */
export function mend({ id, lacks }, combination) {
  if (id === "token.create.delegation") {
    return { ...combination, masks: { cmds: ANY, maps: ANY, progs: ANY, attachs: ANY } };
  }
  if (id === "trace.seccomp")
    return combination.seccomp ? { ...combination, seccomp: false } : undefined;
  if (id === "doctor.netns") {
    if (combination.wire !== "netlink" || combination.netns === "own") return undefined;
    return { ...combination, ...(hasLink(combination) ? { wire: "link" } : { netns: "own" }) };
  }
  const [lack] = lacks ?? [];
  if (lack === undefined) return undefined;
  const { axis, bit, name } = lack;
  const { masks, caps } = combination;
  if (axis === "caps") {
    const added = name.toUpperCase();
    return caps.includes(added) ? undefined : { ...combination, caps: [...caps, added] };
  }
  const mask = masks[axis] | (1n << BigInt(bit));
  return mask === masks[axis] ? undefined : { ...combination, masks: { ...masks, [axis]: mask } };
}
