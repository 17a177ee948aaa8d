// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { atWords, type LintFinding } from "../../finding.js";

const network: ReadonlySet<string> = new Set([
  ...["xdp", "sched_cls", "BPFProgTypeXdp", "BPFProgTypeSchedCls"],
]);

export const hostNetwork: LintFinding = {
  id: "lint.host_network",
  severity: "note",
  confidence: "likely",
  persona: "everyone",
  sentence:
    "In the host's network namespace, netlink refuses to attach the program, and a link reaches the interfaces of the host.",
  bad: unit(["PrivateNetwork=yes\n", ""]),
  good: unit(),
  loads: true,
  find: ({ ownNetwork, words }) =>
    ownNetwork === false
      ? atWords(
          words.filter((word) => word.axis === "progs" && network.has(word.text)).slice(0, 1),
          "the process shares the network namespace of its host: netlink refuses to attach the program (EPERM), and a link reaches the interfaces of the host; give it its own, such as PrivateNetwork=yes or hostNetwork: false",
        )
      : [],
};
