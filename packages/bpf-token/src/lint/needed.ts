// SPDX-License-Identifier: MIT
import { bitsOf, type Delegation, delegationMasks } from "@bpf-token/delegation";
import { BpfCmd, callNeeds, type KernelRelease } from "@bpf-token/uapi";

const ALL = (1n << 64n) - 1n;

/**
 * The capabilities that the kernel requires of a process that uses everything in a delegation, such as
 * `net_admin`. For `any`, only those for the other masks.
 */
export function neededBy(delegation: Delegation, release?: KernelRelease): readonly string[] {
  const masks = delegationMasks(delegation);
  const calls = [
    { cmd: BpfCmd.TOKEN_CREATE },
    ...(masks.maps === ALL ? [] : bitsOf(masks.maps)).map((mapType) => ({
      ...{ cmd: BpfCmd.MAP_CREATE, mapType },
    })),
    ...(masks.progs === ALL ? [] : bitsOf(masks.progs)).map((progType) => ({
      ...{ cmd: BpfCmd.PROG_LOAD, progType },
    })),
  ];
  const needs = calls.flatMap((call) => callNeeds(call, release).capabilities);
  return [...new Set(["bpf", ...needs.map(({ name }) => name.toLowerCase())])];
}
