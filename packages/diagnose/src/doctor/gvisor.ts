// SPDX-License-Identifier: MIT
import type { Facts } from "../facts.js";
import type { Finding } from "./finding.js";

/** gVisor reports this release on every host. Kernels of distributions have a suffix. */
const GVISOR = "4.4.0";
/** The id of the finding that no call reaches Linux. */
export const GVISOR_CAUSE = "doctor.release" as const;

/**
 * Whether gVisor answers the bpf() calls of a process. Inside, its release shows it. From the host, a
 * process of its sandbox does: one that executes the host's runsc in a mount namespace of its own. Names,
 * arguments and mounts do not count, because a container chooses them.
 *
 * @example
 * ```ts
 * if (isGvisor(collectFacts(4711))) console.log("no delegation helps");
 * ```
 */
export const isGvisor = (facts: Facts): boolean =>
  facts.release === GVISOR || isSandbox(facts.runsc);

/** Whether a process is one of gVisor's sandbox, seen from the host. */
export const isSandbox = (runsc: Facts["runsc"]): boolean =>
  runsc?.ofHost === true && runsc.ownMounts;

/** The finding about a process whose bpf() calls gVisor answers; undefined for any other process. */
export function gvisorFinding(facts: Facts): Finding | undefined {
  if (!isGvisor(facts)) return undefined;
  const seen = isSandbox(facts.runsc);
  return {
    id: GVISOR_CAUSE,
    severity: "error",
    confidence: seen ? "certain" : "likely",
    cause:
      "the kernel is gVisor, which implements bpf() itself: the call gets EPERM or ENOSYS, and there is no BPF filesystem",
    evidence: [
      seen
        ? `/proc/${facts.pid}/exe: runsc, a file of root on a mount of the host, in a mount namespace of its own`
        : `uname -r: ${GVISOR}, as gVisor reports for every host`,
    ],
    fix: ["run the container with runc or crun: no mount and no capability helps in gVisor"],
  };
}

/** A note about a file with the name of gVisor's program: a container can give its own file that name. */
export function findDoubtfulRunsc({ pid, runsc }: Facts): readonly Finding[] {
  if (runsc === undefined || runsc.ofHost || !runsc.ownMounts) return [];
  return [
    {
      id: "doctor.release",
      severity: "note",
      confidence: "possible",
      cause:
        "the file of the program is named runsc, as that of gVisor is, but the container can have named it so; if it is gVisor, bpf() gets EPERM or ENOSYS there",
      evidence: [`/proc/${pid}/exe: runsc, not known as a file of root on a mount of the host`],
      fix: ["if the container runs in gVisor, run it with runc or crun"],
    },
  ];
}
