// SPDX-License-Identifier: MIT
import { NETNS, netnsCause, netnsFix } from "../explain/causes/netns.js";
import type { Facts } from "../facts.js";
import { netlinkTypes } from "../replay/netlink.js";
import type { Finding } from "./finding.js";
import type { ObservedProcess } from "./observer.js";
import type { Wanted } from "./wanted.js";

/**
 * Says that attaching by netlink is refused: the process is in a user namespace of its own, and in the
 * network namespace of the host.
 */
export function findNetwork(
  facts: Facts,
  { objects }: Wanted,
  observed: ObservedProcess | undefined,
): readonly Finding[] {
  const isKnown = facts.hostNetwork === true;
  if (facts.userns.initial || facts.hostNetwork === false) return [];
  const files = (isKnown ? [...objects] : [])
    .filter(([, object]) => object.programs.some(({ type }) => netlinkTypes.has(type)))
    .map(([file]) => file);
  const seen = observed?.unattached;
  if (files.length === 0 && seen === undefined) return [];
  return [
    {
      id: NETNS,
      severity:
        seen === undefined ? "note" : isKnown && observed?.failed === true ? "error" : "warning",
      confidence: seen !== undefined && isKnown ? "likely" : "possible",
      cause: netnsCause.cause,
      evidence: [
        ...(seen === undefined ? [] : [`${seen}; then no bpf() call attached it`]),
        ...files.map((file) => `${file} has XDP or tc programs`),
        `user namespace: ${facts.userns.inode}`,
        `network namespace: ${isKnown ? "that of the host" : "not known here"}`,
      ],
      fix: netnsFix(facts.manager),
    },
  ];
}
