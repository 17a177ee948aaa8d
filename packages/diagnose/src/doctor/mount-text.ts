// SPDX-License-Identifier: MIT
import type { DelegationAxis } from "@bpf-token/delegation";
import type { BpffsFact } from "../facts.js";

/**
 * The path of a mount in a text: spaces become `\u0020`. Names of directories are anybody's, and a
 * name of several words could read as a finding of its own with a fix.
 *
 * @example
 * ```ts
 * placeText("/run/my bpf"); // "/run/my\\u0020bpf"
 * ```
 */
export const placeText = (path: string): string =>
  path.replace(/\s/g, (space) => `\\u${space.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A mount as evidence, with everything that decides about a token. */
export function mountText({ path, device, root, delegates, onHost }: BpffsFact): string {
  const options = Object.entries(delegates).map(([name, value]) => `${name}=${value}`);
  const where = onHost === true ? ", also mounted on the host" : "";
  const part = root === "/" ? "" : `, only its directory ${placeText(root)}`;
  const masks = options.length === 0 ? "delegates nothing" : options.join(" ");
  return `mountinfo: ${placeText(path)}, device ${device}${part}${where}: ${masks}`;
}

/** One mask of a mount as evidence. */
export const maskText = ({ path, delegates }: BpffsFact, axis: DelegationAxis): string => {
  const mask = delegates[`delegate_${axis}`];
  return `mountinfo: ${placeText(path)}: ${mask === undefined ? `no delegate_${axis}` : `delegate_${axis}=${mask}`}`;
};
