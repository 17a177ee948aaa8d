// SPDX-License-Identifier: MIT
import type { DelegationAxis } from "@bpf-token/delegation";
import type { BpffsFact } from "../facts.js";

/** A mount as evidence, with everything that decides about a token. */
export function mountText({ path, device, root, delegates, onHost }: BpffsFact): string {
  const options = Object.entries(delegates).map(([name, value]) => `${name}=${value}`);
  const where = onHost === true ? ", also mounted on the host" : "";
  const part = root === "/" ? "" : `, only its directory ${root}`;
  const masks = options.length === 0 ? "delegates nothing" : options.join(" ");
  return `mountinfo: ${path}, device ${device}${part}${where}: ${masks}`;
}

/** One mask of a mount as evidence. */
export const maskText = ({ path, delegates }: BpffsFact, axis: DelegationAxis): string => {
  const mask = delegates[`delegate_${axis}`];
  return `mountinfo: ${path}: ${mask === undefined ? `no delegate_${axis}` : `delegate_${axis}=${mask}`}`;
};
